import { type Kysely, sql } from 'kysely';
import { scopesOf } from '#lib/identity/caller.ts';
import type { KeyRecord, KeyStore } from '#lib/identity/keys/key-store.ts';
import type { Database } from './database.ts';
import { toJsonb } from './json.ts';
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
    async insert({ id, secretHash, name, subject, scopes, limits, expiresAt, madeBy }) {
      const key = { id, name, subject, scopes: [...scopes], secret_hash: Buffer.from(secretHash) };
      const values = { ...key, limits: toJsonb(limits), expires_at: expiresAt, revoked_at: null, made_by: madeBy };
      const row = await database.run((db) =>
        db.transaction().execute(async (transaction) => {
          // The lock makes a revocation of the maker wait, so that it finds the new key.
          const maker =
            madeBy && (await usable(transaction).select('id').where('id', '=', madeBy).forShare().execute());
          if (maker?.length === 0) return undefined;
          return await transaction.insertInto('api_keys').values(values).returning(COLUMNS).executeTakeFirstOrThrow();
        }),
      );
      if (row === undefined) return undefined;
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
      const revoked = await database.run((db) =>
        db.transaction().execute(async (transaction) => {
          const ids = await revokeWhere(transaction, 'id', [id]);
          let made = ids;
          while (made.length > 0) {
            made = await revokeWhere(transaction, 'made_by', made);
            ids.push(...made);
          }
          return ids;
        }),
      );
      await Promise.all(revoked.map(announce));
      return revoked.length > 0;
    },
    async usable(ids) {
      const rows = await database.run((db) =>
        usable(db)
          .select('id')
          .where('id', 'in', [...ids])
          .execute(),
      );
      return rows.map(({ id }) => id);
    },
    async hasUsable(options) {
      const query = (db: Kysely<Tables>) => usable(db).select('id').limit(1).executeTakeFirst();
      return (await database.run(query, options)) !== undefined;
    },
    onChange: (handler) => notifications.listen(CHANNEL, handler),
  };
}

const TIMES = ['created_at as createdAt', 'expires_at as expiresAt', 'made_by as madeBy'] as const;
const COLUMNS = ['id', 'secret_hash as secretHash', 'name', 'subject', 'scopes', 'limits', ...TIMES] as const;

function unrevoked(db: Kysely<Tables>) {
  return db.selectFrom('api_keys').where('revoked_at', 'is', null);
}

/** Keys that are not revoked and have not expired. */
function usable(db: Kysely<Tables>) {
  return unrevoked(db).where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', sql<Date>`now()`)]));
}

/** Revokes the keys with one of these values, and returns their ids. */
async function revokeWhere(db: Kysely<Tables>, column: 'id' | 'made_by', values: readonly string[]): Promise<string[]> {
  const rows = await db
    .updateTable('api_keys')
    .set({ revoked_at: sql`now()` })
    .where(column, 'in', [...values])
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

function recordOf(row: Omit<KeyRecord, 'scopes'> & { readonly scopes: readonly string[] }): KeyRecord {
  return { ...row, scopes: scopesOf(row.scopes) };
}
