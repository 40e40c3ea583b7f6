import { createHostBreaker } from '#lib/callbacks/breaker.ts';
import { type Callbacks, createCallbacks } from '#lib/callbacks/callbacks.ts';
import { type Deliveries, startDeliveries } from '#lib/callbacks/deliveries.ts';
import type { DeliveryParts } from '#lib/callbacks/delivery.ts';
import { createCallbackSecrets } from '#lib/callbacks/secrets.ts';
import { createSender } from '#lib/callbacks/sender.ts';
import type { Config } from '#lib/config.ts';
import { notConfigured } from '#lib/errors.ts';
import type { RateLimits } from '#lib/identity/limits/rate-limits.ts';
import type { Log } from '#lib/log.ts';
import { createSecrets } from '#lib/secrets/sealed.ts';
import { createResolver } from '#lib/sources/connection/resolver.ts';
import { createCallbackQueue } from '#lib/store/callbacks/queue.ts';
import { createCallbackRecords } from '#lib/store/callbacks/records.ts';
import { createSecretStore } from '#lib/store/callbacks/secrets.ts';
import type { Store } from './store.ts';

export type CallbackServicesParts = {
  readonly config: Config;
  readonly store: Store | undefined;
  readonly rateLimits: Pick<RateLimits, 'callbackSends'>;
};

export type CallbackServices = Callbacks & { close(): void };

/** Opens callbacks as the API uses them: their secrets, their records, and tests. */
export function openCallbacks({ config, store, rateLimits }: CallbackServicesParts): CallbackServices {
  const database = store?.database ?? { run: async () => noStore() };
  const { sender, secrets } = sendingParts(config, database);
  const records = createCallbackRecords(database);
  return {
    ...createCallbacks({ secrets, records, sender, sends: rateLimits.callbackSends }),
    close: sender.close,
  };
}

export type CallbackWorkerParts = {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly counters: DeliveryParts['counters'];
};

/** Starts a worker that sends callbacks, in a process that lives long. */
export function startCallbacks({ config, store, log, counters }: CallbackWorkerParts): Deliveries {
  const { database, notifications } = store;
  const { sender, secrets } = sendingParts(config, database);
  const worker = startDeliveries({
    ...{ secrets, sender, counters, log, listen: notifications.listen },
    queue: createCallbackQueue(database),
    breaker: createHostBreaker(),
  });
  return {
    async stop(graceMs) {
      await worker.stop(graceMs);
      sender.close();
    },
  };
}

function sendingParts(config: Config, database: Pick<Store['database'], 'run'>) {
  return {
    sender: createSender({
      allowedNetworks: config.CALLBACK_ALLOWED_NETWORKS,
      deniedNetworks: config.SOURCE_DENIED_NETWORKS,
      resolve: createResolver({ servers: config.SOURCE_DNS_SERVERS }),
    }),
    secrets: createCallbackSecrets({
      store: createSecretStore(database),
      secrets: createSecrets(config.SECRETS_KEYS),
    }),
  };
}

function noStore(): never {
  throw notConfigured('store', 'callbacks need a database: set DATABASE_URL');
}
