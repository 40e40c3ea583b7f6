import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import type { HostBreaker } from './breaker.ts';
import { type AttemptResult, verdictOn } from './outcome.ts';
import type { CallbackQueue, ClaimedCallback, Settlement } from './queue.ts';
import { delayAfter, type ScheduleOptions } from './schedule.ts';
import type { CallbackSecrets } from './secrets.ts';
import type { Sender } from './sender.ts';
import { signatureHeaders } from './signature.ts';

/** What an attempt has led to, as metrics count it. `postponed`: the breaker of the host has let none through. */
export const DELIVERY_OUTCOMES = ['delivered', 'retried', 'failed', 'postponed'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

export type DeliveryParts = {
  readonly queue: CallbackQueue;
  readonly secrets: Pick<CallbackSecrets, 'signing'>;
  readonly sender: Pick<Sender, 'send'>;
  readonly breaker: HostBreaker;
  readonly schedule?: ScheduleOptions;
  readonly counters: { callbackAttempted(outcome: DeliveryOutcome): void };
  readonly log: Log;
};

/** The worker, and until when it holds the callback (`performance.now()`). */
export type Hold = { readonly worker: string; readonly until: number; readonly signal: AbortSignal };

const SETTLE_PAUSE_MS = 500;

/** Signs and sends a message once. Throws the signal's reason, and what keeps the secrets from being read. */
export async function attempt(
  { id, owner, url, body }: Pick<ClaimedCallback, 'id' | 'owner' | 'url' | 'body'>,
  { secrets, sender, signal }: Pick<DeliveryParts, 'secrets' | 'sender'> & { readonly signal: AbortSignal },
): Promise<AttemptResult> {
  const headers = signatureHeaders({ id, sentAt: new Date(), body }, await secrets.signing(owner));
  return await sender.send({ url, headers, body, owner, signal });
}

/** Makes one attempt for a claimed callback and records it. Returns it to the queue when the signal aborts. */
export async function deliver(callback: ClaimedCallback, parts: DeliveryParts, hold: Hold): Promise<void> {
  const { queue, breaker, counters, log } = parts;
  const { id, subjectId, event, owner } = callback;
  const host = URL.parse(callback.url)?.host ?? '';
  const startedAt = new Date();
  const start = performance.now();
  let result: AttemptResult | undefined;
  try {
    result = await breaker.run({ owner, host }, () => attempt(callback, { ...parts, signal: hold.signal }));
  } catch (error) {
    if (hold.signal.aborted) return await queue.release({ id, worker: hold.worker, delayMs: 0 });
    // While the database is down, nothing can be recorded: the attempt follows when the lease ends.
    if (isUnavailable(error) && error.details['part'] === 'store') throw error;
    log.error({ err: error, callback: id }, 'callback');
    result = { kind: 'failure', reason: 'secrets' };
  }
  if (result === undefined) {
    await queue.release({ id, worker: hold.worker, delayMs: breaker.pauseMs });
    counters.callbackAttempted('postponed');
    return;
  }
  const ms = Math.round(performance.now() - start);
  const next = nextFor(callback, result, parts.schedule);
  await settled({ id, worker: hold.worker, result, startedAt, ms, ...next }, { queue, hold });
  const outcome = next.status === 'pending' ? 'retried' : next.status;
  counters.callbackAttempted(outcome);
  const { kind: _, ...shown } = result;
  log.info({ callback: id, subject: subjectId, event, host, outcome, ...shown, ms }, 'callback');
}

function nextFor({ failures }: ClaimedCallback, result: AttemptResult, schedule: ScheduleOptions | undefined) {
  const verdict = verdictOn(result);
  if (verdict === 'delivered') return { status: 'delivered' } as const;
  const delayMs = verdict === 'final' ? undefined : delayAfter(failures + 1, schedule);
  return delayMs === undefined ? ({ status: 'failed' } as const) : ({ status: 'pending', delayMs } as const);
}

/**
 * While the database is down, tries again until the worker stops or another one takes over: otherwise the receiver gets
 * it twice.
 */
async function settled(
  settlement: Settlement,
  { queue, hold: { until, signal } }: { readonly queue: CallbackQueue; readonly hold: Hold },
): Promise<void> {
  for (;;) {
    try {
      return await queue.settle(settlement);
    } catch (error) {
      const isLate = signal.aborted || performance.now() + SETTLE_PAUSE_MS > until;
      if (isLate || !isUnavailable(error)) throw error;
      await delay(SETTLE_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
