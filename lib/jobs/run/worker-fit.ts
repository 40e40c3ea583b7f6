import { statfs } from 'node:fs/promises';
import { type AppError, toAppError } from '#lib/errors.ts';
import type { AttemptOutcome } from '#lib/jobs/attempt.ts';
import { overLimit } from './failures.ts';
import { type PlannedWork, plannedWork } from './planned-work.ts';
import type { AttemptWatch } from './run-tools.ts';
import type { Speeds } from './speeds.ts';

export type FitOptions = {
  /** Where the scratch folder of the attempt will be. */
  readonly directory: string;
  /** Longest attempt, seconds. */
  readonly seconds: number;
  readonly speeds: Speeds;
  /** Returns the time, ms. */
  readonly now: () => number;
  /** Time of encoding films after which its own speed decides, ms. */
  readonly measureMs?: number;
};

/** Watches whether an attempt fits into a function: its inputs three times into the disk, its time into the limit. */
export type Fit = {
  readonly watch: AttemptWatch;
  /** Aborted as soon as it is known that the attempt does not fit. */
  readonly signal: AbortSignal;
  /** Returns LIMIT_EXCEEDED if the attempt has ended so because it does not fit. */
  excess(outcome: AttemptOutcome): AppError | undefined;
  [Symbol.dispose](): void;
};

/** Room for the inputs, the outputs, and what is encoded in between. */
const TIMES_INPUTS = 3;
const MEASURE_MS = 15_000;

/** Starts the clock of an attempt. */
export async function startFit(options: FitOptions): Promise<Fit> {
  const { directory, seconds, speeds, now, measureMs = MEASURE_MS } = options;
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  const startedAt = now();
  const over = new AbortController();
  const late = setTimeout(() => exceed('worker_seconds', secondsNow(), seconds), seconds * 1_000);
  let neededBytes = 0;
  /** Undefined while there is no plan, and without a film to encode. */
  let work: PlannedWork | undefined;
  /** Frames that were encoded, and the time that they took. */
  let encoded = { frames: 0, ms: 0 };
  /** Undefined in a stage that encodes no film. */
  let since: number | undefined;
  let phase = 'fetching';

  const secondsNow = () => (now() - startedAt) / 1_000;

  function exceed(limit: 'worker_seconds' | 'worker_bytes', value: number, max: number): void {
    over.abort(overLimit(limit, Math.max(Math.ceil(value), Math.floor(max) + 1), max, { phase }));
  }

  function requireTime(more: number): void {
    if (secondsNow() + more > seconds) exceed('worker_seconds', secondsNow() + more, seconds);
  }

  const watch: AttemptWatch = {
    expect(bytes) {
      neededBytes += TIMES_INPUTS * bytes;
      if (neededBytes > freeBytes) exceed('worker_bytes', neededBytes, freeBytes);
    },
    planned(plan, stages) {
      phase = 'probing';
      work = plannedWork(plan, stages);
      encoded = { frames: 0, ms: 0 };
      since = undefined;
      if (work !== undefined) requireTime(work.megapixels / speeds.of(work.kind));
      phase = 'encoding';
    },
    begun(stage) {
      since = stage.weight.frames > 0 ? now() : undefined;
    },
    encoded(units) {
      if (work === undefined || since === undefined) return;
      encoded = { frames: encoded.frames + units, ms: encoded.ms + now() - since };
      since = now();
      if (encoded.ms < measureMs || encoded.frames === 0) return;
      requireTime(((work.frames - encoded.frames) / encoded.frames) * (encoded.ms / 1_000));
    },
  };

  /** A disk that was full has no more room the next time. */
  function ofDisk(outcome: AttemptOutcome): AppError | undefined {
    if (outcome.kind !== 'failed') return undefined;
    const { code, details } = outcome.error;
    if (code !== 'OVERLOADED' || details['reason'] !== 'disk') return undefined;
    const { needed_bytes: needed = Math.max(neededBytes, freeBytes + 1), free_bytes: free = freeBytes } = details;
    return overLimit('worker_bytes', Number(needed), Number(free), { phase });
  }

  function excess(outcome: AttemptOutcome): AppError | undefined {
    if (outcome.kind === 'completed') return undefined;
    return over.signal.aborted ? toAppError(over.signal.reason) : ofDisk(outcome);
  }

  return {
    watch,
    signal: over.signal,
    excess,
    [Symbol.dispose]() {
      clearTimeout(late);
      // The start of a short encode takes longer than the rest of it.
      if (work === undefined || encoded.frames === 0 || encoded.ms < measureMs) return;
      speeds.measured(work.kind, (work.megapixels * encoded.frames) / work.frames / (encoded.ms / 1_000));
    },
  };
}
