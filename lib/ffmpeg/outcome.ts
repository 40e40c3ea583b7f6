import type { ExitStatus } from './child.ts';

/** Why the supervisor ended the process, if it did. */
export type StopCause =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'timed_out'; readonly limitSeconds: number }
  /** It used more CPU time than its limit. */
  | { readonly kind: 'out_of_cpu'; readonly limitSeconds: number }
  | { readonly kind: 'stalled'; readonly limitSeconds: number };

/** How an ffmpeg ended. `log` contains its last lines, redacted. */
export type FfmpegOutcome = { readonly log: readonly string[] } & (
  | { readonly kind: 'finished' }
  | ({ readonly kind: 'failed' } & ExitStatus)
  | { readonly kind: 'out_of_memory' }
  | StopCause
);

export const OUTCOME_KINDS = [
  'finished',
  'failed',
  'out_of_memory',
  'stopped',
  'timed_out',
  'out_of_cpu',
  'stalled',
] as const;

export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

export type EndedProcess = ExitStatus & { readonly cause: StopCause | undefined; readonly log: readonly string[] };

/** The exit code of ffmpeg 7 for ENOMEM: the low byte of −12. */
export const EXIT_ENOMEM = 244;

/** What ffmpeg, its libraries and the loader log when the memory limit is reached. */
export const OUT_OF_MEMORY =
  /cannot allocate memory|out of memory|std::bad_alloc|failed to map segment|cannot map zero-fill pages/i;

/** Returns the outcome of a process. `cause` is undefined if the supervisor did not end it. */
export function outcomeOf({ exitCode, signal, cause, log }: EndedProcess): FfmpegOutcome {
  if (cause !== undefined) return { ...cause, log };
  if (exitCode === 0) return { kind: 'finished', log };
  if (exitCode === EXIT_ENOMEM || ownWords(log).some((line) => OUT_OF_MEMORY.test(line))) {
    return { kind: 'out_of_memory', log };
  }
  return { kind: 'failed', exitCode, signal, log };
}

/** Returns the lines of ffmpeg itself. Text that it copies from the input, such as titles and comments, is indented. */
export function ownWords(log: readonly string[]): string[] {
  return log.filter((line) => !line.startsWith(' '));
}
