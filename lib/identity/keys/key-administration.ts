import { AppError, notConfigured } from '#lib/errors.ts';
import type { Caller, Scope } from '#lib/identity/caller.ts';
import { lacksScope, unauthenticated } from '#lib/identity/refusals.ts';
import { hashSecret, isApiKeyId, newApiKey, writeApiKey } from './api-key.ts';
import { type KeyLimits, limitsWithin } from './key-limits.ts';
import type { KeyPage, KeyRecord, KeyStore } from './key-store.ts';

export type NewKey = {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The key's id when absent. */
  readonly subject?: string | undefined;
  readonly expiresInDays?: number | undefined;
  readonly limits?: KeyLimits | undefined;
};

/** The caller that creates a key. Its own key limits the new one; without one, it is on the machine itself. */
export type KeyMaker = Pick<Caller, 'scopes' | 'key' | 'limits'>;

export type KeyAdministration = ReturnType<typeof createKeyAdministration>;

const PAGE_SIZE = 100;
const DAY_MS = 86_400_000;

/** Creates, lists and revokes API keys. All methods throw UNAVAILABLE without a database. */
export function createKeyAdministration(store: KeyStore | undefined) {
  function kept(): KeyStore {
    if (store !== undefined) return store;
    throw notConfigured('store', 'API keys need a database: set DATABASE_URL');
  }
  return {
    /**
     * Creates a key. Only this result contains the key itself: it cannot be read again. A key has no scope that its
     * maker's key lacks, no higher limit, and ends with it. Throws FORBIDDEN and VALIDATION_ERROR.
     */
    async create(
      { name, scopes, subject, expiresInDays, limits = {} }: NewKey,
      maker?: KeyMaker,
    ): Promise<{ record: KeyRecord; key: string }> {
      const key = newApiKey();
      const lacking = maker?.key && scopes.find((scope) => !maker.scopes.includes(scope));
      if (lacking !== undefined) throw lacksScope(lacking);
      const record = await kept().insert({
        id: key.id,
        secretHash: hashSecret(key.secret),
        name,
        subject: subject ?? key.id,
        scopes,
        limits: limitsWithin(limits, maker?.limits),
        expiresAt: expiryOf(expiresInDays, maker?.key?.expiresAt ?? null),
        madeBy: maker?.key?.id ?? null,
      });
      if (record === undefined) throw unauthenticated(new Error('the key that makes it has ended'));
      return { record, key: writeApiKey(key) };
    },
    async list(cursor: string | undefined): Promise<KeyPage> {
      return await kept().list({ limit: PAGE_SIZE, cursor });
    },
    /** Throws NOT_FOUND, like `revoke`. */
    async get(id: string): Promise<KeyRecord> {
      const record = isApiKeyId(id) ? await kept().find(id) : undefined;
      if (record === undefined) throw noSuchKey(id);
      return record;
    },
    async revoke(id: string): Promise<void> {
      if (!isApiKeyId(id) || !(await kept().revoke(id))) throw noSuchKey(id);
    },
  };
}

/** Returns the expiry of a new key: that of its maker's key when none is given. Throws VALIDATION_ERROR for a later one. */
function expiryOf(days: number | undefined, latest: Date | null): Date | null {
  const expiresAt = days === undefined ? latest : new Date(Date.now() + days * DAY_MS);
  if (latest === null || (expiresAt !== null && expiresAt <= latest)) return expiresAt;
  const message = `expires_in_days must end before the key that makes it expires, at ${latest.toISOString()}`;
  const offence = { field: 'expires_in_days', value: days };
  throw new AppError('VALIDATION_ERROR', { ...offence, errors: [{ ...offence, message }] }, { message });
}

function noSuchKey(id: string): AppError {
  return new AppError('NOT_FOUND', {}, { message: `no API key has ${isApiKeyId(id) ? `the id ${id}` : 'this id'}` });
}
