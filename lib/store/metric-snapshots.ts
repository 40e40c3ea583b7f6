import { type Kysely, sql } from 'kysely';
import type { SnapshotStore } from '#lib/metrics/publisher.ts';
import { countsOf, countsOfTheGone, type Snapshot, sumOf } from '#lib/metrics/snapshot.ts';
import type { Database } from './database.ts';
import type { Instance } from './instances.ts';
import type { Tables } from './tables.ts';

/** The row of what all forgotten instances have counted. */
export const TOTALS_ID = '00000000-0000-0000-0000-000000000000';

/** Of the advisory lock under which rows are folded; any number that nothing else takes. */
const FOLD_LOCK = 7_306_371;
/** Rows folded in one transaction. */
const FOLD_AT_ONCE = 100;

/** The row of one instance. */
export function snapshotStoreOf(database: Pick<Database, 'run'>, { id }: Pick<Instance, 'id'>): SnapshotStore {
  return {
    put: (snapshot, onSending) =>
      database.run((db) =>
        db.connection().execute(async (connection) => {
          onSending();
          await put(connection, id, snapshot);
        }),
      ),
    replace: (snapshot, onSending) =>
      database.run((db) =>
        db.connection().execute(async (connection) => {
          onSending();
          const { numUpdatedRows } = await connection
            .updateTable('metric_snapshots')
            .set({ snapshot: JSON.stringify(snapshot), published_at: sql`now()` })
            .where('instance_id', '=', id)
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        }),
      ),
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

/** What all others count, those that are gone included: of these, and of those that are silent, only what stays. */
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
  return rows.map(({ snapshot, fresh }) => (fresh ? (snapshot as Snapshot) : countsOf(snapshot as Snapshot)));
}

/**
 * Adds the rows of instances that have ended, or been silent for so long, to the totals and removes them: counters stay,
 * and there are never more rows than instances. Returns how many.
 */
export async function foldSnapshots(db: Kysely<Tables>, silentSeconds: number): Promise<number> {
  if ((await rowsToFold(db, silentSeconds).executeTakeFirst()) === undefined) return 0;
  const folded = await db.transaction().execute((transaction) => foldSome(transaction, silentSeconds));
  return folded < FOLD_AT_ONCE ? folded : folded + (await foldSnapshots(db, silentSeconds));
}

async function foldSome(transaction: Kysely<Tables>, silentSeconds: number): Promise<number> {
  await sql`SELECT pg_advisory_xact_lock(${FOLD_LOCK})`.execute(transaction);
  // An instance that writes right now is not gone.
  const gone = await rowsToFold(transaction, silentSeconds).forUpdate('metric_snapshots').skipLocked().execute();
  if (gone.length === 0) return 0;
  const before = await transaction
    .selectFrom('metric_snapshots')
    .select('snapshot')
    .where('instance_id', '=', TOTALS_ID)
    .executeTakeFirst();
  const counted = gone.map(({ snapshot }) => countsOfTheGone(snapshot as Snapshot));
  await put(transaction, TOTALS_ID, await sumOf([(before?.snapshot ?? []) as Snapshot, ...counted]));
  await transaction
    .deleteFrom('metric_snapshots')
    .where(
      'instance_id',
      'in',
      gone.map(({ instance_id }) => instance_id),
    )
    .execute();
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
