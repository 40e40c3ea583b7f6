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
  /** Encoding time after which its own speed decides, ms. */
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
  let work: PlannedWork | undefined;
  let encodedSince = startedAt;
  let encodedMs = 0;
  let done = 0;
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
      encodedSince = now();
      requireTime(work.megapixels / speeds.of(work.kind));
      phase = 'encoding';
    },
    encoded(units) {
      done += units;
      encodedMs = now() - encodedSince;
      if (work === undefined || encodedMs < measureMs || done === 0) return;
      requireTime(((work.units - done) / done) * (encodedMs / 1_000));
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
      if (work === undefined || encodedMs < measureMs) return;
      speeds.measured(work.kind, (work.megapixels * done) / work.units / (encodedMs / 1_000));
    },
  };
}
