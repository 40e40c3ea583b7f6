import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '#lib/errors.ts';
import { createBell } from '#lib/work/bell.ts';
import { type DeliveryParts, deliver } from './delivery.ts';
import { CALLBACKS_CHANNEL, type ClaimedCallback } from './queue.ts';

export type DeliveriesOptions = DeliveryParts & {
  /** Calls the handler when callbacks may have been added. Returns the function that stops listening. */
  readonly listen: (channel: string, handler: () => void) => () => void;
  /** Attempts that this worker makes in parallel. */
  readonly slots?: number;
  /** Attempts of one owner in parallel, over all workers. */
  readonly perOwner?: number;
  readonly pollMs?: number;
  /** Longer than an attempt takes, and the wait for another attempt on the same host. */
  readonly leaseMs?: number;
};

/** A worker that sends callbacks. */
export type Deliveries = {
  /** Takes nothing new, lets running attempts end within the time, and gives the others back. */
  stop(graceMs?: number): Promise<void>;
};

const SLOTS = 48;
const PER_OWNER = 4;
const POLL_MS = 5_000;
const LEASE_MS = 60_000;
const GRACE_MS = 2_000;

/** Starts a worker. Several may run, in any number of processes: a callback is claimed by one of them at a time. */
export function startDeliveries(options: DeliveriesOptions): Deliveries {
  const { queue, log, listen, slots = SLOTS, perOwner = PER_OWNER, pollMs = POLL_MS, leaseMs = LEASE_MS } = options;
  const worker = randomUUID();
  const bell = createBell();
  const stopping = new AbortController();
  const cutting = new AbortController();
  const running = new Set<Promise<void>>();
  const unlisten = listen(CALLBACKS_CHANNEL, bell.ring);

  function start(callback: ClaimedCallback): void {
    const hold = { worker, until: performance.now() + leaseMs, signal: cutting.signal };
    // After a failure the lease ends by itself.
    const sending = deliver(callback, options, hold)
      .catch(report)
      .finally(() => {
        running.delete(sending);
        bell.ring();
      });
    running.add(sending);
  }

  /** Claims what is due. Returns the wait before the next claim, ms. */
  async function claim(): Promise<number> {
    const limit = slots - running.size;
    if (limit <= 0) return pollMs;
    // Half of the places are for owners that have no attempt running.
    const furtherLimit = Math.max(0, limit - Math.ceil(slots / 2));
    const { claimed, nextInMs = pollMs } = await queue.claim({ worker, limit, furtherLimit, perOwner, leaseMs });
    for (const callback of claimed) start(callback);
    return Math.min(nextInMs, pollMs);
  }

  function report(error: unknown): void {
    // The health report shows that the database is down.
    if (!isUnavailable(error)) log.error({ err: error }, 'callbacks');
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      const waitMs = await claim().catch(report);
      await bell.rung(waitMs ?? pollMs, stopping.signal);
    }
  }

  const working = work();
  return {
    async stop(graceMs = GRACE_MS) {
      unlisten();
      stopping.abort();
      await working;
      const ended = Promise.all(running);
      await Promise.race([ended, delay(graceMs, undefined, { ref: false })]);
      cutting.abort();
      await ended;
    },
  };
}
