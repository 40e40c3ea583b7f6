import { createHash } from 'node:crypto';
import type { Caller } from '#lib/identity/caller.ts';
import { createExpiringMap } from '#lib/identity/limits/expiring-map.ts';
import { createTurns } from '#lib/identity/limits/turns.ts';
import { unauthenticated } from '#lib/identity/refusals.ts';
import { type ApiKey, isSecretOf, parseApiKey } from './api-key.ts';
import type { KeyRecord, KeyStore } from './key-store.ts';

/** How long a good key is remembered, and so works while the store is down. */
const GOOD_MS = 60_000;
/** How long a wrong key is remembered. */
const WRONG_MS = 5_000;
/** Most keys remembered of each kind. */
const MAX_REMEMBERED = 10_000;
/** Longest wait for the store's answer. */
const LOOKUP_MS = 200;
/** Lookups in parallel: a flood of keys must leave the store to other requests. */
const LOOKUPS_AT_ONCE = 4;
/** Longest wait until a lookup begins. */
const TURN_MS = 1_000;

/** The sender of a key. */
export type KeySender = {
  readonly address: string;
  /** Permits one lookup, or throws. Returns what to call when the store has answered. */
  enter(): Promise<() => void>;
};

export type KeyCheck = ReturnType<typeof createKeyCheck>;

/**
 * Checks API keys, from memory where it can. A key is remembered by the hash of the whole of it, so that a wrong secret of
 * a key that exists is as unknown as any other, and takes as long to find out. Without a store no key is good.
 */
export function createKeyCheck(store: Pick<KeyStore, 'find' | 'onChange'> | undefined) {
  const good = createExpiringMap<KeyRecord>({ ttlMs: GOOD_MS, maxEntries: MAX_REMEMBERED });
  const wrong = createExpiringMap<Pick<ApiKey, 'id'>>({ ttlMs: WRONG_MS, maxEntries: MAX_REMEMBERED });
  const lookups: RunningLookups = new Map();
  const queries: RunningLookups = new Map();
  const inTurn = createTurns({ atOnce: LOOKUPS_AT_ONCE, waitMs: TURN_MS });
  let changes = 0;

  const stop = store?.onChange((changed) => {
    changes += 1;
    good.deleteWhere(({ id }) => changed === undefined || id === changed);
    wrong.deleteWhere(({ id }) => changed === undefined || id === changed);
  });

  /** Requests with one key share one query, and those from one address the permission for it, while it runs. */
  function lookUp(name: string, key: ApiKey, { address, enter }: KeySender): Promise<KeyRecord | undefined> {
    return shared(lookups, `${address} ${name}`, async () => {
      const leave = await enter();
      return await shared(queries, name, () => inTurn(() => query(name, key))).finally(leave);
    });
  }

  async function query(name: string, { id, secret }: ApiKey): Promise<KeyRecord | undefined> {
    const changesBefore = changes;
    const record = await store?.find(id, { timeoutMs: LOOKUP_MS });
    const known = isSecretOf(record?.secretHash, secret) ? record : undefined;
    // An answer that was overtaken by a change is good for this request only.
    if (changesBefore !== changes) return known;
    if (known === undefined) wrong.set(name, { id });
    else good.set(name, known);
    return known;
  }

  return {
    /** Throws UNAUTHENTICATED, UNAVAILABLE when the store is needed and down, and what `enter` throws. */
    async check(text: string, sender: KeySender): Promise<KeyRecord> {
      const key = parseApiKey(text);
      if (key === undefined || store === undefined) throw unauthenticated();
      const name = createHash('sha256').update(text).digest('base64');
      if (wrong.get(name) !== undefined) throw unauthenticated();
      const record = good.get(name) ?? (await lookUp(name, key, sender));
      if (record === undefined || hasExpired(record)) throw unauthenticated();
      return record;
    },
    close: () => stop?.(),
  };
}

/** Returns the caller that this key stands for. */
export function keyOwner({ subject, scopes }: KeyRecord): Caller {
  return { subject, scopes, via: 'api_key' };
}

function hasExpired({ expiresAt }: KeyRecord): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now();
}

type RunningLookups = Map<string, Promise<KeyRecord | undefined>>;

/** Returns what runs under this name, else starts it. */
function shared(running: RunningLookups, name: string, start: () => Promise<KeyRecord | undefined>) {
  const begun = running.get(name) ?? start().finally(() => running.delete(name));
  running.set(name, begun);
  return begun;
}
