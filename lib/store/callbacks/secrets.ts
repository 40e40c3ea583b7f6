import { sql } from 'kysely';
import type { SecretStore } from '#lib/callbacks/secrets.ts';
import type { Database } from '#lib/store/database.ts';

/** The sealed signing secrets of owners. */
export function createSecretStore(database: Pick<Database, 'run'>): SecretStore {
  return {
    valid: (owner) =>
      database.run((db) =>
        db
          .selectFrom('callback_secrets')
          .select(['id', 'sealed', 'created_at as createdAt', 'expires_at as expiresAt'])
          .where('owner', '=', owner)
          .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', sql<Date>`now()`)]))
          .orderBy('expires_at', (order) => order.desc().nullsFirst())
          .execute(),
      ),
    add: (owner, { id, sealed }) =>
      database.run(async (db) => {
        await db
          .insertInto('callback_secrets')
          .values({ id, owner, sealed })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),
    replace: (owner, { id, sealed }, { graceSeconds, most }) =>
      database.run((db) =>
        db.transaction().execute(async (transaction) => {
          // A second rotation at the same time waits here, then finds the new secret, which it keeps.
          await sql`
            update callback_secrets set expires_at = now() + make_interval(secs => ${graceSeconds})
            where owner = ${owner} and expires_at is null`.execute(transaction);
          await transaction
            .insertInto('callback_secrets')
            .values({ id, owner, sealed })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
          await sql`
            delete from callback_secrets where owner = ${owner} and id not in (
              select id from callback_secrets where owner = ${owner}
              order by expires_at desc nulls first limit ${most}
            )`.execute(transaction);
        }),
      ),
  };
}
