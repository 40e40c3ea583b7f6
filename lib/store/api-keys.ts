import { type Selectable, sql } from 'kysely';
import { scopesOf } from '#lib/identity/caller.ts';
import type { KeyRecord, KeyStore } from '#lib/identity/keys/key-store.ts';
import type { Database } from './database.ts';
import type { Notifications } from './notifications.ts';
import type { ApiKeysTable } from './tables.ts';

const CHANNEL = 'api_keys';

export type ApiKeysOptions = {
  readonly database: Database;
  readonly notifications: Notifications;
};

/** The keys in the database. Every change is told to all instances, so that what they remember goes at once. */
export function createApiKeys({ database, notifications }: ApiKeysOptions): KeyStore {
  /** A change stands when it is written: that others hear of it late must not undo it. */
  async function tell(id: string): Promise<void> {
    await notifications.notify(CHANNEL, id).catch(() => undefined);
  }

  return {
    async insert({ id, secretHash, name, subject, scopes, expiresAt }) {
      const row = await database.run((db) =>
        db
          .insertInto('api_keys')
          .values({
            id,
            secret_hash: Buffer.from(secretHash),
            name,
            subject,
            scopes: [...scopes],
            expires_at: expiresAt,
            revoked_at: null,
          })
          .returningAll()
          .executeTakeFirstOrThrow(),
      );
      await tell(id);
      return recordOf(row);
    },
    async find(id, options) {
      const row = await database.run(
        (db) =>
          db.selectFrom('api_keys').selectAll().where('id', '=', id).where('revoked_at', 'is', null).executeTakeFirst(),
        options,
      );
      return row === undefined ? undefined : recordOf(row);
    },
    async list({ limit, cursor }) {
      const rows = await database.run((db) => {
        const newest = db
          .selectFrom('api_keys')
          .selectAll()
          .where('revoked_at', 'is', null)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit + 1);
        if (cursor === undefined) return newest.execute();
        const end = sql`(select created_at, id from api_keys where id = ${cursor})`;
        return newest.where(sql<boolean>`(created_at, id) < ${end}`).execute();
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
      if (numUpdatedRows > 0n) await tell(id);
      return numUpdatedRows > 0n;
    },
    async hasUsable(options) {
      const row = await database.run(
        (db) =>
          db
            .selectFrom('api_keys')
            .select('id')
            .where('revoked_at', 'is', null)
            .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', sql<Date>`now()`)]))
            .limit(1)
            .executeTakeFirst(),
        options,
      );
      return row !== undefined;
    },
    onChange: (handler) => notifications.listen(CHANNEL, handler),
  };
}

function recordOf(row: Selectable<ApiKeysTable>): KeyRecord {
  return {
    id: row.id,
    secretHash: row.secret_hash,
    name: row.name,
    subject: row.subject,
    scopes: scopesOf(row.scopes),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
