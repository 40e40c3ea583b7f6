import { createHash } from 'node:crypto';
import type { Caller } from '#lib/identity/caller.ts';
import { createExpiringMap } from '#lib/identity/limits/expiring-map.ts';
import { createTurns } from '#lib/identity/limits/turns.ts';
import { unauthenticated } from '#lib/identity/refusals.ts';
import { type ApiKey, isSecretOf, parseApiKey } from './api-key.ts';
import type { KeyRecord, KeyStore } from './key-store.ts';

/** Time for which a valid key is cached, and keeps working while the store is down, ms. */
const GOOD_MS = 60_000;
/** Time for which a wrong key is cached, ms. */
const WRONG_MS = 5_000;
/** Time for which the id of a key that no longer exists is kept: longer than a token of it may live, ms. */
const GONE_MS = 7 * 86_400_000;
/** Most cached keys of each kind. */
const MAX_REMEMBERED = 10_000;
/** Longest wait for the store's response, ms. */
const LOOKUP_MS = 200;
/** Parallel lookups: a flood of keys must leave the store usable for other requests. */
const LOOKUPS_AT_ONCE = 4;
/** Longest wait for a lookup to start, ms. */
const TURN_MS = 1_000;

/** The sender of a key. */
export type KeySender = {
  readonly address: string;
  /** Permits one lookup, or throws. Returns a function to call once the store has responded. */
  enter(): Promise<() => void>;
};

export type KeyCheck = ReturnType<typeof createKeyCheck>;

/**
 * Checks API keys, with a cache in memory. The cache uses the hash of the whole key, so a wrong secret of an existing
 * key is treated like any unknown key and takes the same time. Without a store, no key is valid.
 */
export function createKeyCheck(store: Pick<KeyStore, 'find' | 'onChange'> | undefined) {
  const good = createExpiringMap<KeyRecord>({ ttlMs: GOOD_MS, maxEntries: MAX_REMEMBERED });
  const wrong = createExpiringMap<Pick<ApiKey, 'id'>>({ ttlMs: WRONG_MS, maxEntries: MAX_REMEMBERED });
  /** By id. */
  const standing = createExpiringMap<KeyRecord>({ ttlMs: GOOD_MS, maxEntries: MAX_REMEMBERED });
  const gone = createExpiringMap<true>({ ttlMs: GONE_MS, maxEntries: MAX_REMEMBERED });
  const lookups: RunningLookups = new Map();
  const queries: RunningLookups = new Map();
  const inTurn = createTurns({ atOnce: LOOKUPS_AT_ONCE, waitMs: TURN_MS });
  let changes = 0;

  const stop = store?.onChange((changed) => {
    changes += 1;
    good.deleteWhere(({ id }) => changed === undefined || id === changed);
    wrong.deleteWhere(({ id }) => changed === undefined || id === changed);
    standing.deleteWhere(({ id }) => changed === undefined || id === changed);
  });

  /** While a query runs, requests with the same key share it, and those from the same address share its permission. */
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
    // A key that changed during the query is not cached: the result is used for this request only.
    if (changesBefore !== changes) return known;
    if (known === undefined) wrong.set(name, { id });
    else good.set(name, known);
    return known;
  }

  async function queryStanding(id: string): Promise<KeyRecord | undefined> {
    const changesBefore = changes;
    const record = await store?.find(id, { timeoutMs: LOOKUP_MS });
    if (record === undefined) gone.set(id, true);
    else if (changesBefore === changes) standing.set(id, record);
    return record;
  }

  return {
    /** Throws UNAUTHENTICATED, UNAVAILABLE when the store is needed and down, and any error of `enter`. */
    async check(text: string, sender: KeySender): Promise<KeyRecord> {
      const key = parseApiKey(text);
      if (key === undefined || store === undefined) throw unauthenticated();
      const name = createHash('sha256').update(text).digest('base64');
      if (wrong.get(name) !== undefined) throw unauthenticated();
      const record = good.get(name) ?? (await lookUp(name, key, sender));
      if (record === undefined || hasExpired(record)) throw unauthenticated();
      return record;
    },
    /**
     * Returns the key of a token; undefined when the key no longer exists or has expired. Throws UNAVAILABLE when the
     * store does not respond.
     */
    async standing(id: string): Promise<KeyRecord | undefined> {
      if (store === undefined || gone.get(id)) return undefined;
      const record = standing.get(id) ?? (await shared(queries, `id ${id}`, () => inTurn(() => queryStanding(id))));
      return record === undefined || hasExpired(record) ? undefined : record;
    },
    close: () => stop?.(),
  };
}

/** Returns the caller that this key authenticates. */
export function keyOwner({ subject, scopes, limits, id, expiresAt }: KeyRecord): Caller {
  return { subject, scopes, limits, via: 'api_key', key: { id, expiresAt } };
}

function hasExpired({ expiresAt }: KeyRecord): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now();
}

type RunningLookups = Map<string, Promise<KeyRecord | undefined>>;

/** Returns the lookup that runs under this name, or starts it. */
function shared(running: RunningLookups, name: string, start: () => Promise<KeyRecord | undefined>) {
  const begun = running.get(name) ?? start().finally(() => running.delete(name));
  running.set(name, begun);
  return begun;
}
