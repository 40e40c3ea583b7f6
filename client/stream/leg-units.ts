import { AppError } from '#lib/errors.ts';
import { withTimeout } from '#lib/with-timeout.ts';
import type { Leg, Via } from '../legs/leg.ts';
import type { Joiner } from '../units/joiner.ts';
import { orAborted } from './or-aborted.ts';
import { createPace } from './pace.ts';
import type { ProgressDeadline } from './progress-deadline.ts';
import type { RealTime } from './real-time.ts';
import type { Timeouts } from './timeouts.ts';

export type LegUnitsOptions = {
  readonly joiner: Joiner;
  /** Audio per unit, ms. */
  readonly unitMs: number;
  /** Audio that may arrive before the reader needs it, ms. */
  readonly reserveMs: number;
  readonly timeouts: Timeouts;
  /** The deadline of the whole stream. */
  readonly deadline: ProgressDeadline;
  readonly realTime: RealTime;
  /** Total time that the reader has waited for audio, ms. A leg can be silent or slow only while the reader waits. */
  readonly readerClock: () => number;
  /** Time allowed to skip to the current position in the source, ms. */
  readonly skippingMs: () => number;
  /** Tries, until aborted, to open another leg that has audio. */
  readonly findRival: (options: { readonly signal: AbortSignal }) => Promise<boolean>;
  /** Stops the leg; its reason is thrown. */
  readonly stopped: AbortSignal;
};

/**
 * Yields the audio of a leg in whole units. Throws TIMEOUT when the service is silent or slow while the reader waits,
 * since the next leg may be faster. The fallback is the last resort and may be silent for longer, unless a rival that
 * is opened in parallel has audio first.
 */
export async function* legUnits(leg: Leg, options: LegUnitsOptions): AsyncGenerator<Buffer> {
  const { joiner, unitMs, reserveMs, timeouts, deadline, realTime, readerClock, skippingMs, findRival, stopped } =
    options;
  const pace = createPace(reserveMs);
  const isService = leg.via === 'service';
  const silenceMs = isService ? timeouts.silenceMs : timeouts.giveUpMs;
  let hasGiven = false;
  let waitingSince = readerClock();

  const waitedMs = (): number => readerClock() - waitingSince;

  /** How much longer the leg may be silent. Before its first audio, the stream's deadline applies as well. */
  function leftMs(): number {
    const left = silenceMs - waitedMs();
    return hasGiven ? left : Math.min(left, deadline.leftMs());
  }

  /** Waits for the next chunk. The time limit pauses with the reader's clock, while the reader has audio. */
  async function chunk(): Promise<IteratorResult<Uint8Array>> {
    const next = orAborted(leg.chunks.next(), stopped);
    let rivalAtMs = isService ? Number.POSITIVE_INFINITY : timeouts.silenceMs + (hasGiven ? 0 : skippingMs());
    for (;;) {
      const ms = Math.max(1, Math.min(leftMs(), rivalAtMs - waitedMs()));
      const came = await withTimeout(Math.ceil(ms), next, () => undefined);
      if (came !== undefined) return came;
      if (leftMs() <= 0) throw tooSlow(leg.via, 'silent');
      if (waitedMs() < rivalAtMs) continue;
      if (await hasRivalBefore(next)) throw tooSlow(leg.via, 'silent');
      rivalAtMs = waitedMs() + timeouts.silenceMs;
    }
  }

  /** Whether a rival has audio before this leg has more. */
  async function hasRivalBefore(next: Promise<unknown>): Promise<boolean> {
    const trying = new AbortController();
    // A rival that is silent as well is given up; a later one may be better.
    const timer = setTimeout(() => trying.abort(), timeouts.firstAudioMs + skippingMs());
    let isLate = false;
    try {
      const rival = findRival({ signal: AbortSignal.any([stopped, trying.signal]) });
      isLate = await Promise.race([next.then(() => false), rival]);
      return isLate;
    } finally {
      clearTimeout(timer);
      if (!isLate) trying.abort();
    }
  }

  for (;;) {
    const next = await chunk();
    if (next.done) return;
    const before = joiner.given();
    const bytes = joiner.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
    if (bytes.length === 0) continue;
    hasGiven = true;
    const audioMs = (joiner.given() - before) * unitMs;
    realTime.gave(audioMs / 1_000);
    pace.record({ waitedMs: waitedMs(), audioMs });
    yield bytes;
    stopped.throwIfAborted();
    if (isService && pace.behindMs() > timeouts.behindMs) throw tooSlow(leg.via, 'slow');
    waitingSince = readerClock();
  }
}

const TOO_SLOW = { silent: 'sent no audio in time', slow: 'sends audio slower than real time' } as const;

function tooSlow(part: Via, reason: 'silent' | 'slow'): AppError {
  return new AppError('TIMEOUT', { part, reason }, { message: `the ${part} ${TOO_SLOW[reason]}` });
}
