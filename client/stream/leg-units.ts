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
  /** Milliseconds of audio in a unit. */
  readonly unitMs: number;
  /** Audio that a reader may have before it needs it, ms. */
  readonly reserveMs: number;
  readonly timeouts: Timeouts;
  /** Of the stream, over all its legs. */
  readonly deadline: ProgressDeadline;
  readonly realTime: RealTime;
  /** Milliseconds that the reader has been without audio: only then can a leg be silent or slow. */
  readonly readerClock: () => number;
  /** Time that skipping to the present position of the source takes, ms. */
  readonly skippingMs: () => number;
  /** Tries, until aborted, whether another leg has audio now. */
  readonly findRival: (options: { readonly signal: AbortSignal }) => Promise<boolean>;
  /** Its reason is thrown. */
  readonly stopped: AbortSignal;
};

/**
 * Yields what a leg gives, in whole units. Throws TIMEOUT when the service is silent or slow while the reader waits: the
 * next leg may be faster. The fallback is the last resort and may be silent for longer, unless a rival that is tried in
 * parallel has audio first.
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

  /** How much longer it may be silent. Before its first audio the stream's deadline holds, too. */
  function leftMs(): number {
    const left = silenceMs - waitedMs();
    return hasGiven ? left : Math.min(left, deadline.leftMs());
  }

  /** Waits for the next chunk. The reader's clock stands while the reader has audio, and so does this limit. */
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
    // A rival that is silent, too, is no better; later another may be.
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

function tooSlow(part: Via, reason: 'silent' | 'slow'): AppError {
  return new AppError('TIMEOUT', { part, reason }, { message: `the ${part} is ${reason}` });
}
