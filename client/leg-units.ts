import { AppError } from '#lib/errors.ts';
import { inTime } from './in-time.ts';
import type { Leg, Via } from './legs/leg.ts';
import type { Timeouts } from './options.ts';
import { createPace } from './pace.ts';
import type { Patience } from './patience.ts';
import type { RealTime } from './real-time.ts';
import type { Joiner } from './units/joiner.ts';

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
  /** Its reason is thrown. */
  readonly stopped: AbortSignal;
};

/**
 * What a leg gives, in whole units. Throws TIMEOUT when the service is silent or slow while the reader waits: whoever is
 * next may be faster. Of the fallback, behind which there is nobody, more is borne.
 */
export async function* legUnits(leg: Leg, options: LegUnitsOptions): AsyncGenerator<Buffer> {
  const { joiner, unitMs, reserveMs, timeouts, patience, realTime, stopped } = options;
  const pace = createPace(reserveMs);
  const isService = leg.via === 'service';
  const silenceMs = isService ? timeouts.silenceMs : timeouts.giveUpMs;
  let hasGiven = false;
  let waitingSince = performance.now();
  for (;;) {
    const silentMs = silenceMs - (performance.now() - waitingSince);
    // Who has not given anything is one of several who did not.
    const leftMs = Math.max(1, hasGiven ? silentMs : Math.min(silentMs, patience.leftMs()));
    const next = await inTime(leg.chunks.next(), { ms: leftMs, stopped, late: () => tooSlow(leg.via, 'silent') });
    if (next.done) return;
    const before = joiner.given();
    const bytes = joiner.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
    if (bytes.length === 0) continue;
    hasGiven = true;
    const audioMs = (joiner.given() - before) * unitMs;
    realTime.gave(audioMs / 1_000);
    pace.record({ waitedMs: performance.now() - waitingSince, audioMs });
    yield bytes;
    stopped.throwIfAborted();
    if (isService && pace.behindMs() > timeouts.behindMs) throw tooSlow(leg.via, 'slow');
    waitingSince = performance.now();
  }
}

function tooSlow(part: Via, reason: 'silent' | 'slow'): AppError {
  return new AppError('TIMEOUT', { part, reason }, { message: `the ${part} is ${reason}` });
}
