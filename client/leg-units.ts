import { AppError } from '#lib/errors.ts';
import type { Leg, Via } from './legs/leg.ts';
import type { Timeouts } from './options.ts';
import { createPace } from './pace.ts';
import type { RealTime } from './real-time.ts';
import type { Joiner } from './units/joiner.ts';

export type LegUnitsOptions = {
  readonly joiner: Joiner;
  /** Milliseconds of audio in a unit. */
  readonly unitMs: number;
  /** Audio that a reader may have before it needs it, ms. */
  readonly reserveMs: number;
  readonly timeouts: Timeouts;
  readonly realTime: RealTime;
  /** Its reason is thrown. */
  readonly stopped: AbortSignal;
};

/**
 * What a leg gives, in whole units. Throws TIMEOUT when the service is silent or slow while the reader waits: whoever is
 * next may be faster. Of the fallback, behind which there is nobody, more is borne.
 */
export async function* legUnits(leg: Leg, options: LegUnitsOptions): AsyncGenerator<Buffer> {
  const { joiner, unitMs, reserveMs, timeouts, realTime, stopped } = options;
  const pace = createPace(reserveMs);
  const isService = leg.via === 'service';
  let waitingSince = performance.now();
  for (;;) {
    const patienceMs = isService ? timeouts.silenceMs : timeouts.giveUpMs;
    const leftMs = Math.max(1, patienceMs - (performance.now() - waitingSince));
    const next = await inTime(leg.chunks.next(), { ms: leftMs, stopped, late: () => tooSlow(leg.via, 'silent') });
    if (next.done) return;
    const before = joiner.given();
    const bytes = joiner.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
    if (bytes.length === 0) continue;
    const audioMs = (joiner.given() - before) * unitMs;
    realTime.gave(audioMs / 1_000);
    pace.record({ waitedMs: performance.now() - waitingSince, audioMs });
    yield bytes;
    stopped.throwIfAborted();
    if (isService && pace.behindMs() > timeouts.behindMs) throw tooSlow(leg.via, 'slow');
    waitingSince = performance.now();
  }
}

type Patience = { readonly ms: number; readonly stopped: AbortSignal; readonly late: () => AppError };

async function inTime<T>(promise: Promise<T>, { ms, stopped, late }: Patience): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(late()), ms);
  const abort = () => over.reject(stopped.reason);
  stopped.addEventListener('abort', abort, { once: true });
  if (stopped.aborted) abort();
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener('abort', abort);
  }
}

function tooSlow(part: Via, reason: 'silent' | 'slow'): AppError {
  return new AppError('TIMEOUT', { part, reason }, { message: `the ${part} is ${reason}` });
}
