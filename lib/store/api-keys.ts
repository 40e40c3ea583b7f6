import { type Kysely, sql } from 'kysely';
import { scopesOf } from '#lib/identity/caller.ts';
import type { KeyRecord, KeyStore } from '#lib/identity/keys/key-store.ts';
import type { Database } from './database.ts';
import type { Notifications } from './notifications.ts';
import type { Tables } from './tables.ts';

const CHANNEL = 'api_keys';

type ApiKeysOptions = { readonly database: Database; readonly notifications: Notifications };

/** The API keys in the database. Every change is announced to all instances, which drop the key from their caches. */
export function createApiKeys({ database, notifications }: ApiKeysOptions): KeyStore {
  /** Never rejects: the change is already in the database, and must not look failed. */
  async function announce(id: string): Promise<void> {
    await notifications.notify(CHANNEL, id).catch(() => undefined);
  }

  return {
    async insert({ id, secretHash, name, subject, scopes, expiresAt }) {
      const values = { id, name, subject, scopes: [...scopes], expires_at: expiresAt, revoked_at: null };
      const row = await database.run((db) =>
        db
          .insertInto('api_keys')
          .values({ ...values, secret_hash: Buffer.from(secretHash) })
          .returning(COLUMNS)
          .executeTakeFirstOrThrow(),
      );
      await announce(id);
      return recordOf(row);
    },
    async find(id, options) {
      const query = (db: Kysely<Tables>) => unrevoked(db).select(COLUMNS).where('id', '=', id).executeTakeFirst();
      const row = await database.run(query, options);
      return row === undefined ? undefined : recordOf(row);
    },
    async list({ limit, cursor }) {
      const rows = await database.run((db) => {
        const end = sql`(select created_at, id from api_keys where id = ${cursor})`;
        return unrevoked(db)
          .select(COLUMNS)
          .$if(cursor !== undefined, (query) => query.where(sql<boolean>`(created_at, id) < ${end}`))
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute();
      });
      const page = rows.slice(0, limit);
      return { keys: page.map(recordOf), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
    },
    async revoke(id) {
      const { numUpdatedRows } = await database.run((db) =>
        db
          .updateTable('api_keys')
          .set({ revoked_at: sql`now()` })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst(),
      );
      if (numUpdatedRows > 0n) await announce(id);
      return numUpdatedRows > 0n;
    },
    async hasUsable(options) {
      const query = (db: Kysely<Tables>) =>
        unrevoked(db)
          .select('id')
          .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', sql<Date>`now()`)]))
          .limit(1)
          .executeTakeFirst();
      return (await database.run(query, options)) !== undefined;
    },
    onChange: (handler) => notifications.listen(CHANNEL, handler),
  };
}

const TIMES = ['created_at as createdAt', 'expires_at as expiresAt'] as const;
const COLUMNS = ['id', 'secret_hash as secretHash', 'name', 'subject', 'scopes', ...TIMES] as const;

function unrevoked(db: Kysely<Tables>) {
  return db.selectFrom('api_keys').where('revoked_at', 'is', null);
}

function recordOf(row: Omit<KeyRecord, 'scopes'> & { readonly scopes: readonly string[] }): KeyRecord {
  return { ...row, scopes: scopesOf(row.scopes) };
}
