import { createHash } from 'node:crypto';
import type { Caller } from '#lib/identity/caller.ts';
import { createExpiringMap } from '#lib/identity/limits/expiring-map.ts';
import { createTurns } from '#lib/identity/limits/turns.ts';
import { unauthenticated } from '#lib/identity/refusals.ts';
import { type ApiKey, isSecretOf, parseApiKey } from './api-key.ts';
import type { KeyRecord, KeyStore } from './key-store.ts';

/** How long a good key is believed without being asked for again: so long it works while the store is away. */
const GOOD_MS = 60_000;
/** How long a bad key is. */
const BAD_MS = 5_000;
/** Keys remembered of either kind. */
const MAX_REMEMBERED = 10_000;
/** Longest wait for the store, before the request is told that it is away. */
const LOOKUP_MS = 200;
/** Lookups that run at once: a flood of keys must leave the store to those who need it for other things. */
const LOOKUPS_AT_ONCE = 4;
/** Longest wait until a lookup begins, while the store answers those before it. */
const TURN_MS = 1_000;

/** Who has to be allowed to make the store be asked. */
export type Asker = {
  readonly address: string;
  /** Gives what to call when the store has answered. Throws to forbid it. */
  enter(): Promise<() => void>;
};

export type KeyCheck = {
  /** What the key opens. Throws UNAUTHENTICATED; UNAVAILABLE when the store is needed and away; what `enter` throws. */
  check(key: string, asker: Asker): Promise<KeyRecord>;
  close(): void;
};

/**
 * Checks API keys, from memory where it can. A key is remembered by the hash of the whole of it, so that a wrong secret of
 * a key that exists is as unknown as any other, and takes as long to find out. Without a store no key is good.
 */
export function createKeyCheck(store: Pick<KeyStore, 'find' | 'onChange'> | undefined): KeyCheck {
  const good = createExpiringMap<KeyRecord>({ ttlMs: GOOD_MS, maxEntries: MAX_REMEMBERED });
  const bad = createExpiringMap<{ readonly id: string }>({ ttlMs: BAD_MS, maxEntries: MAX_REMEMBERED });
  const lookups: Running<KeyRecord | undefined> = new Map();
  const queries: Running<KeyRecord | undefined> = new Map();
  const inTurn = createTurns({ atOnce: LOOKUPS_AT_ONCE, waitMs: TURN_MS });
  let changes = 0;

  const stop = store?.onChange((changed) => {
    changes += 1;
    good.deleteWhere(({ id }) => changed === undefined || id === changed);
    bad.deleteWhere(({ id }) => changed === undefined || id === changed);
  });

  /** Requests with one key share one query, and those from one address the permission for it, while it runs. */
  function lookUp(name: string, key: ApiKey, { address, enter }: Asker): Promise<KeyRecord | undefined> {
    return shared(lookups, `${address} ${name}`, async () => {
      const leave = await enter();
      return await shared(queries, name, () => inTurn(() => ask(name, key))).finally(leave);
    });
  }

  async function ask(name: string, { id, secret }: ApiKey): Promise<KeyRecord | undefined> {
    const changesBefore = changes;
    const record = await store?.find(id, { timeoutMs: LOOKUP_MS });
    const known = isSecretOf(record?.secretHash, secret) ? record : undefined;
    // An answer that was overtaken by a change is good for this request only.
    if (changesBefore !== changes) return known;
    if (known === undefined) bad.set(name, { id });
    else good.set(name, known);
    return known;
  }

  return {
    async check(text, asker) {
      const key = parseApiKey(text);
      if (key === undefined || store === undefined) throw unauthenticated();
      const name = createHash('sha256').update(text).digest('base64');
      if (bad.get(name) !== undefined) throw unauthenticated();
      const record = good.get(name) ?? (await lookUp(name, key, asker));
      if (record === undefined || hasExpired(record)) throw unauthenticated();
      return record;
    },
    close: () => stop?.(),
  };
}

/** Who asks with this key. */
export function keyOwner({ subject, scopes }: KeyRecord): Caller {
  return { subject, scopes, via: 'api_key' };
}

function hasExpired({ expiresAt }: KeyRecord): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now();
}

type Running<Result> = Map<string, Promise<Result>>;

/** What runs under this name already, or what is started under it. */
function shared<Result>(running: Running<Result>, name: string, start: () => Promise<Result>): Promise<Result> {
  const begun = running.get(name) ?? start().finally(() => running.delete(name));
  running.set(name, begun);
  return begun;
}
