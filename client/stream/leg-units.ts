import { AppError } from '#lib/errors.ts';
import type { Leg, Via } from '../legs/leg.ts';
import type { Timeouts } from '../options.ts';
import type { Joiner } from '../units/joiner.ts';
import { inTime } from './in-time.ts';
import { createPace } from './pace.ts';
import type { Patience } from './progress-deadline.ts';
import type { RealTime } from './real-time.ts';

export type LegUnitsOptions = {
  readonly joiner: Joiner;
  /** Milliseconds of audio in a unit. */
  readonly unitMs: number;
  /** Audio that a reader may have before it needs it, ms. */
  readonly reserveMs: number;
  readonly timeouts: Timeouts;
  /** With all who bring the stream on. */
  readonly patience: Patience;
  readonly realTime: RealTime;
  /** Milliseconds that the reader has been without audio: only then is anybody silent, or slow. */
  readonly readerClock: () => number;
  /** Milliseconds that the source has to be skipped for before there is audio, from where the stream is now. */
  readonly skippingMs: () => number;
  /** Asks, until aborted, whether another brings audio now. */
  readonly isOutdone: (options: { readonly signal: AbortSignal }) => Promise<boolean>;
  /** Its reason is thrown. */
  readonly stopped: AbortSignal;
};

/**
 * What a leg gives, in whole units. Throws TIMEOUT when the service is silent or slow while the reader waits: whoever is
 * next may be faster. Of the fallback, behind which there is nobody, more is borne, unless another who is asked beside it
 * has audio first.
 */
export async function* legUnits(leg: Leg, options: LegUnitsOptions): AsyncGenerator<Buffer> {
  const { joiner, unitMs, reserveMs, timeouts, patience, realTime, readerClock, skippingMs, isOutdone, stopped } =
    options;
  const pace = createPace(reserveMs);
  const isService = leg.via === 'service';
  const silenceMs = isService ? timeouts.silenceMs : timeouts.giveUpMs;
  let hasGiven = false;
  let waitingSince = readerClock();

  const waitedMs = (): number => readerClock() - waitingSince;

  /** How much longer it may be silent. Who has not given anything is one of several who did not. */
  function leftMs(): number {
    const left = silenceMs - waitedMs();
    return hasGiven ? left : Math.min(left, patience.leftMs());
  }

  /** The next chunk. While the reader has audio its clock stands, and it is waited on. */
  async function chunk(): Promise<IteratorResult<Uint8Array>> {
    const next = leg.chunks.next();
    let lookAtMs = isService ? Number.POSITIVE_INFINITY : timeouts.silenceMs + (hasGiven ? 0 : skippingMs());
    for (;;) {
      const ms = Math.max(1, Math.min(leftMs(), lookAtMs - waitedMs()));
      const came = await beforeLate(next, ms);
      if (came !== undefined) return came;
      if (leftMs() <= 0) throw tooSlow(leg.via, 'silent');
      if (waitedMs() < lookAtMs) continue;
      if (await isOutdoneBefore(next)) throw tooSlow(leg.via, 'silent');
      lookAtMs = waitedMs() + timeouts.silenceMs;
    }
  }

  /** Whether another has audio before this leg has more. */
  async function isOutdoneBefore(next: Promise<unknown>): Promise<boolean> {
    const asking = new AbortController();
    // Who is silent, too, is not better; later another may be.
    const patient = setTimeout(() => asking.abort(), timeouts.firstAudioMs + skippingMs());
    let isLate = false;
    try {
      const outdone = isOutdone({ signal: AbortSignal.any([stopped, asking.signal]) });
      isLate = await Promise.race([next.then(() => false), outdone]);
      return isLate;
    } finally {
      clearTimeout(patient);
      if (!isLate) asking.abort();
    }
  }

  async function beforeLate<T>(next: Promise<T>, ms: number): Promise<T | undefined> {
    return await inTime(next, { ms, stopped, late: () => LATE }).catch((error: unknown) => {
      if (error !== LATE) throw error;
      return undefined;
    });
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

const LATE = new Error('late');

function tooSlow(part: Via, reason: 'silent' | 'slow'): AppError {
  return new AppError('TIMEOUT', { part, reason }, { message: `the ${part} is ${reason}` });
}
