import { type Kysely, sql } from 'kysely';
import type { SnapshotStore } from '#lib/metrics/publisher.ts';
import { countsOf, countsOfTheGone, type Snapshot, sumOf } from '#lib/metrics/snapshot.ts';
import type { Database } from './database.ts';
import type { Instance } from './instances.ts';
import type { Tables } from './tables.ts';

/** Id of the row with the totals of all forgotten instances. */
export const TOTALS_ID = '00000000-0000-0000-0000-000000000000';

/** Id of the advisory lock for folding rows: any number that nothing else uses. */
const FOLD_LOCK = 7_306_371;
/** Rows folded in one transaction. */
const FOLD_AT_ONCE = 100;

/** Returns the store for the row of one instance. */
export function snapshotStoreOf(database: Pick<Database, 'run'>, { id }: Pick<Instance, 'id'>): SnapshotStore {
  const send = <Result>(onSending: () => void, query: (db: Kysely<Tables>) => Promise<Result>) =>
    database.run((db) =>
      db.connection().execute((connection) => {
        onSending();
        return query(connection);
      }),
    );
  return {
    put: (snapshot, onSending) => send(onSending, (db) => put(db, id, snapshot)),
    replace: (snapshot, onSending) =>
      send(onSending, async (db) => {
        const row = { snapshot: JSON.stringify(snapshot), published_at: sql<Date>`now()` };
        const update = db.updateTable('metric_snapshots').set(row).where('instance_id', '=', id);
        return (await update.executeTakeFirstOrThrow()).numUpdatedRows > 0n;
      }),
  };
}

async function put(db: Kysely<Tables>, id: string, snapshot: Snapshot): Promise<void> {
  const row = { snapshot: JSON.stringify(snapshot), published_at: sql<Date>`now()` };
  await db
    .insertInto('metric_snapshots')
    .values({ instance_id: id, ...row })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet(row))
    .execute();
}

/** Returns the metrics of all other instances; of silent or ended ones, only the counters. */
export async function snapshotsOfOthers(
  db: Kysely<Tables>,
  { id, staleSeconds }: { readonly id: string; readonly staleSeconds: number },
): Promise<Snapshot[]> {
  const rows = await db
    .selectFrom('metric_snapshots')
    .select(['snapshot', sql<boolean>`published_at > now() - make_interval(secs => ${staleSeconds})`.as('fresh')])
    .where('instance_id', '!=', id)
    .orderBy('instance_id')
    .execute();
  return rows.map(({ snapshot, fresh }) => (fresh ? snapshot : countsOf(snapshot)));
}

/** Adds the rows of instances that ended, or were silent for `silentSeconds`, to the totals. Returns their number. */
export async function foldSnapshots(db: Kysely<Tables>, silentSeconds: number): Promise<number> {
  if ((await rowsToFold(db, silentSeconds).executeTakeFirst()) === undefined) return 0;
  const folded = await db.transaction().execute((transaction) => foldSome(transaction, silentSeconds));
  return folded < FOLD_AT_ONCE ? folded : folded + (await foldSnapshots(db, silentSeconds));
}

async function foldSome(transaction: Kysely<Tables>, silentSeconds: number): Promise<number> {
  await sql`SELECT pg_advisory_xact_lock(${FOLD_LOCK})`.execute(transaction);
  // A row that is locked belongs to an instance that is writing it, and so is alive.
  const gone = await rowsToFold(transaction, silentSeconds).forUpdate('metric_snapshots').skipLocked().execute();
  if (gone.length === 0) return 0;
  const before = await transaction
    .selectFrom('metric_snapshots')
    .select('snapshot')
    .where('instance_id', '=', TOTALS_ID)
    .executeTakeFirst();
  const counted = gone.map(({ snapshot }) => countsOfTheGone(snapshot));
  await put(transaction, TOTALS_ID, await sumOf([before?.snapshot ?? [], ...counted]));
  const ids = gone.map(({ instance_id }) => instance_id);
  await transaction.deleteFrom('metric_snapshots').where('instance_id', 'in', ids).execute();
  return gone.length;
}

function rowsToFold(db: Kysely<Tables>, silentSeconds: number) {
  return db
    .selectFrom('metric_snapshots')
    .leftJoin('instances', 'instances.id', 'metric_snapshots.instance_id')
    .select(['metric_snapshots.instance_id', 'metric_snapshots.snapshot'])
    .where('metric_snapshots.instance_id', '!=', TOTALS_ID)
    .where((where) =>
      where.or([
        where('instances.ended_at', 'is not', null),
        where('metric_snapshots.published_at', '<', sql<Date>`now() - make_interval(secs => ${silentSeconds})`),
      ]),
    )
    .limit(FOLD_AT_ONCE);
}
