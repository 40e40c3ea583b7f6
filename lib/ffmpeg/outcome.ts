/** How an ffmpeg ended. `log` holds its last lines, redacted. */
export type FfmpegOutcome = { readonly log: readonly string[] } & (
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'out_of_memory' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'timed_out'; readonly limitSeconds: number }
  | { readonly kind: 'stalled'; readonly limitSeconds: number }
);

export type OutcomeKind = FfmpegOutcome['kind'];

export const OUTCOME_KINDS: readonly OutcomeKind[] = [
  'finished',
  'failed',
  'out_of_memory',
  'stopped',
  'timed_out',
  'stalled',
];

/** Why the supervisor ended the process, when it did. */
export type Ending =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'timed_out'; readonly limitSeconds: number }
  | { readonly kind: 'stalled'; readonly limitSeconds: number };

export type Exit = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ending: Ending | undefined;
  readonly log: readonly string[];
};

/** ENOMEM as ffmpeg 7 returns it: the low byte of −12. */
export const EXIT_ENOMEM = 244;

/** What ffmpeg, its libraries and the loader write of a bound that was reached. */
export const OUT_OF_MEMORY =
  /cannot allocate memory|out of memory|std::bad_alloc|failed to map segment|cannot map zero-fill pages/i;

/** Says what an exit means. A process that ended by itself before it was told to has its own outcome. */
export function outcomeOf({ exitCode, signal, ending, log }: Exit): FfmpegOutcome {
  if (exitCode === 0 && ending === undefined) return { kind: 'finished', log };
  if (ending !== undefined) return { ...ending, log };
  if (exitCode === EXIT_ENOMEM || ownWords(log).some((line) => OUT_OF_MEMORY.test(line))) {
    return { kind: 'out_of_memory', log };
  }
  return { kind: 'failed', exitCode, signal, log };
}

/** What ffmpeg itself says: what it repeats of the input, titles and comments among it, is indented. */
export function ownWords(log: readonly string[]): string[] {
  return log.filter((line) => !line.startsWith(' '));
}
