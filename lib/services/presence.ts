import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import type { Config } from '#lib/config.ts';
import type { Check } from '#lib/health.ts';
import type { Log } from '#lib/log.ts';
import type { Instance } from '#lib/store/instances.ts';
import { keepPresence, type Presence, type PresenceOptions } from '#lib/store/presence.ts';
import { machineId } from './machine.ts';
import type { Store } from './store.ts';

/** Describes this process as an instance: the id is new at every start, the machine id stays the same. */
export function newInstance(
  { DATA_DIR, AWS_LAMBDA_RUNTIME_API }: Config,
  { store, log }: { readonly store: Store | undefined; readonly log: Log },
): Instance {
  const isKept = store !== undefined && AWS_LAMBDA_RUNTIME_API === undefined;
  return {
    id: uuid(),
    name: `${hostname()}-${process.pid}`,
    machineId: isKept ? machineId(DATA_DIR, log) : undefined,
  };
}

export type PresenceParts = Pick<PresenceOptions, 'instance' | 'sweepers' | 'onBeat' | 'onStop'> & {
  readonly store: Store | undefined;
  readonly log: Log;
};

/** Longest time that a health report waits for the database's first response, ms. */
const FIRST_ANSWER_MS = 500;

/** Keeps this process's row in the store up to date; undefined without a store. */
export function openPresence({ store, ...options }: PresenceParts): Presence | undefined {
  if (store === undefined) return undefined;
  const presence = keepPresence({ database: store.database, ...options });
  store.onAway(presence.check);
  return presence;
}

/** The database check of `GET /health`. */
export function storeCheck(presence: Presence | undefined, isFailing: () => boolean): () => Promise<Check> {
  return async () => {
    if (presence === undefined) return { status: 'disabled' };
    await Promise.race([presence.known, delay(FIRST_ANSWER_MS, undefined, { ref: false })]);
    const problem = presence.problem();
    if (problem !== undefined) return { status: 'failed', message: problem };
    // It responds, but its disk may be full.
    return isFailing() ? { status: 'failed', message: 'the database does not accept records' } : { status: 'ok' };
  };
}
