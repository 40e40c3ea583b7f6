import { randomUUID } from 'node:crypto';
import { type BreakerOptions, createHostBreaker } from '#lib/callbacks/breaker.ts';
import { type Callbacks, createCallbacks } from '#lib/callbacks/callbacks.ts';
import { type Deliveries, type DeliveriesOptions, startDeliveries } from '#lib/callbacks/deliveries.ts';
import type { DeliveryOutcome } from '#lib/callbacks/delivery.ts';
import { type CallbackSecrets, createCallbackSecrets } from '#lib/callbacks/secrets.ts';
import { createSender, type Sender, type SenderOptions } from '#lib/callbacks/sender.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { createCounter } from '#lib/identity/limits/counter.ts';
import { createSecrets, type SecretsKey } from '#lib/secrets/sealed.ts';
import type { Store } from '#lib/services/store.ts';
import { createResolver } from '#lib/sources/connection/resolver.ts';
import { enqueueCallback } from '#lib/store/callbacks/enqueue.ts';
import { createCallbackQueue } from '#lib/store/callbacks/queue.ts';
import { createCallbackRecords } from '#lib/store/callbacks/records.ts';
import { createSecretStore } from '#lib/store/callbacks/secrets.ts';
import { keptLog } from '../../../support/quiet-log.ts';
import { storeOf } from '../../../support/store.ts';

export const KEY: SecretsKey = { id: 'test', key: Buffer.alloc(32, 7) };
/** Waits of tests, in place of seconds and hours. */
const DELAYS_MS = [40, 40, 40];

type Test = { after(close: () => unknown): void };

export type CourierOptions = {
  readonly url: string;
  readonly networks?: readonly string[];
  readonly sender?: Partial<SenderOptions>;
  readonly keys?: readonly SecretsKey[];
  readonly sends?: number;
};

/** Callbacks on a database: what a caller does with them, and workers that send them. */
export type Courier = {
  readonly store: Store;
  readonly secrets: CallbackSecrets;
  readonly callbacks: Callbacks;
  readonly sender: Sender;
  /** The outcomes so far, of all workers. */
  readonly outcomes: DeliveryOutcome[];
  readonly lines: readonly Record<string, unknown>[];
  /** Adds a callback in a transaction of its own. Returns its id. */
  enqueue(callback: {
    url: string;
    owner?: string;
    subjectId?: string;
    event?: string;
    data?: object;
  }): Promise<string>;
  work(options?: Partial<DeliveriesOptions> & { readonly breaking?: BreakerOptions }): Deliveries;
};

export function caller(subject = 'ann'): Caller {
  return { subject, scopes: ['jobs'], via: 'token' };
}

export function courierOf(
  test: Test,
  { url, networks = [], sender: changed, keys = [KEY], sends = 100 }: CourierOptions,
): Courier {
  const store = storeOf(test as Parameters<typeof storeOf>[0], url);
  const { database } = store;
  const resolve = createResolver({ servers: [] });
  const sender = createSender({ allowedNetworks: networks, deniedNetworks: [], resolve, ...changed });
  test.after(() => sender.close());
  const secrets = createCallbackSecrets({ store: createSecretStore(database), secrets: createSecrets(keys) });
  const counter = createCounter({ name: 'callbacks', limit: sends, keyOf: (key) => key, shared: false });
  const { log, lines } = keptLog();
  const outcomes: DeliveryOutcome[] = [];
  return {
    store,
    secrets,
    sender,
    outcomes,
    lines,
    callbacks: createCallbacks({ secrets, records: createCallbackRecords(database), sender, sends: counter }),
    enqueue: ({ owner = 'ann', subjectId = randomUUID(), event = 'job.completed', data = {}, url: to }) =>
      database.run((db) =>
        db
          .transaction()
          .execute((transaction) => enqueueCallback(transaction, { owner, subjectId, event, data, url: to })),
      ),
    work({ breaking, ...options } = {}) {
      const worker = startDeliveries({
        queue: createCallbackQueue(database),
        secrets,
        sender,
        breaker: createHostBreaker(breaking),
        schedule: { delaysMs: DELAYS_MS },
        counters: { callbackAttempted: (outcome) => void outcomes.push(outcome) },
        log,
        listen: store.notifications.listen,
        ...options,
      });
      test.after(() => worker.stop(0));
      return worker;
    },
  };
}
