import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#lib/errors.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import { asRunner } from '#lib/jobs/run/as-runner.ts';
import type { TimeLimit } from '#lib/jobs/run/run-ffmpeg.ts';
import type { RunTools } from '#lib/jobs/run/run-tools.ts';
import { scratchIn } from '#lib/jobs/run/scratch.ts';
import { type PreviewSpec, previewJob } from '#lib/jobs/spec/preview-spec.ts';
import { removeStaleFolders } from '#lib/jobs/stale-folders.ts';
import type { SourceOpener } from '#lib/sources/open-source.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';
import type { Share } from '#lib/work/shares.ts';
import { type PreviewFrame, previewFrame } from './preview-frame.ts';

export type PreviewOptions = Pick<RunTools, 'programs' | 'supervisor' | 'limits'> & {
  readonly sources: () => Pick<SourceOpener, 'open'>;
  /** The folder of temporary files. */
  readonly directory: string;
  /** Previews that are made at a time. */
  readonly previews: Share;
  /** Throws RATE_LIMITED for a caller that has used its CPU time. */
  readonly refuseOverrun: (caller: Caller) => Promise<void>;
  /** Called with the CPU time of ffmpeg. */
  readonly usedCpu: (account: string, seconds: number) => void;
  readonly timeoutMs?: number;
};

/**
 * Makes one frame of a job without running the job. Throws the errors of a job; those about the time have the `field` `at`.
 * Throws TIMEOUT after 25 seconds, RATE_LIMITED, OVERLOADED and UNAVAILABLE.
 */
export type Preview = (
  spec: PreviewSpec,
  request: { readonly caller: Caller; readonly signal?: AbortSignal | undefined },
) => Promise<PreviewFrame>;

/** The function has 30 seconds. */
const TIMEOUT_MS = 25_000;
const NEVER = new AbortController().signal;

export function createPreview(options: PreviewOptions): Preview {
  const { directory, previews, limits, timeoutMs = TIMEOUT_MS } = options;
  const sweep = onceSuccessful(() => removeStaleFolders(directory));
  return async (asked, { caller, signal = NEVER }) => {
    await options.refuseOverrun(caller);
    const account = accountOf(caller);
    const place = previews.take({ account });
    const timeout = AbortSignal.timeout(timeoutMs);
    const time = timeUntil(timeoutMs);
    try {
      await sweep();
      await using scratch = await openScratch(directory);
      return await previewFrame({
        ...{ spec: previewJob(asked), scratch, time, limits, caller: asRunner(caller) },
        ...{ sources: options.sources, supervisor: options.supervisor, programs: await options.programs() },
        usedCpu: (seconds) => options.usedCpu(account, seconds),
        signal: AbortSignal.any([signal, timeout]),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw tooSlow(timeoutMs);
      throw aboutTheFrame(error, asked);
    } finally {
      place.release();
    }
  };
}

async function openScratch(directory: string) {
  const scratch = await scratchIn(await mkdtemp(join(directory, 'preview-')));
  return { ...scratch, [Symbol.asyncDispose]: scratch.remove };
}

function timeUntil(ms: number): TimeLimit {
  const endsAt = performance.now() + ms;
  return { seconds: ms / 1_000, left: () => Math.max(0, endsAt - performance.now()) / 1_000 };
}

/** The caller does not know the output that stands for the frame. */
function aboutTheFrame(error: unknown, { outputs }: PreviewSpec): unknown {
  const field = error instanceof AppError ? error.details['field'] : undefined;
  const own = `outputs[${outputs.length}]`;
  if (!(error instanceof AppError) || typeof field !== 'string' || !field.startsWith(own)) return error;
  const { code, details, message, recoverable } = error;
  const shown = { ...details, field: field === `${own}.at` ? 'at' : 'outputs' };
  return new AppError(code, shown, { message, recoverable, cause: error });
}

function tooSlow(timeoutMs: number): AppError {
  const seconds = timeoutMs / 1_000;
  const message = `the frame could not be made within ${seconds} seconds; a job has more time`;
  return new AppError('TIMEOUT', { limit_seconds: seconds }, { message });
}
