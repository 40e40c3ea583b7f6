import { AppError } from '#lib/errors.ts';
import type { Scope } from '#lib/identity/caller.ts';
import { hashSecret, isApiKeyId, newApiKey, writeApiKey } from './api-key.ts';
import type { KeyPage, KeyRecord, KeyStore } from './key-store.ts';

export type NewKey = {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The key's id when absent. */
  readonly subject?: string | undefined;
  readonly expiresInDays?: number | undefined;
};

export type KeyAdministration = ReturnType<typeof createKeyAdministration>;

const PAGE_SIZE = 100;
const DAY_MS = 86_400_000;

/** Creates, lists and revokes API keys. All methods throw UNAVAILABLE without a database. */
export function createKeyAdministration(store: KeyStore | undefined) {
  function kept(): KeyStore {
    if (store !== undefined) return store;
    const message = 'API keys need a database: set DATABASE_URL';
    throw new AppError('UNAVAILABLE', { part: 'store' }, { message, recoverable: false });
  }
  return {
    /** Creates a key. Only this result contains the key itself: it cannot be read again. */
    async create({ name, scopes, subject, expiresInDays }: NewKey): Promise<{ record: KeyRecord; key: string }> {
      const key = newApiKey();
      const record = await kept().insert({
        id: key.id,
        secretHash: hashSecret(key.secret),
        name,
        subject: subject ?? key.id,
        scopes,
        expiresAt: expiresInDays === undefined ? null : new Date(Date.now() + expiresInDays * DAY_MS),
      });
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

function noSuchKey(id: string): AppError {
  return new AppError('NOT_FOUND', {}, { message: `no API key has ${isApiKeyId(id) ? `the id ${id}` : 'this id'}` });
}
