import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** One running process of the service. */
export type Instance = {
  /** UUID v7, new with every start. */
  readonly id: string;
  /** `host-pid`, for metrics and people. */
  readonly name: string;
  /** UUID of the machine it runs on, the same after every start; undefined where none can be kept. */
  readonly machineId?: string | undefined;
};

/** Silence after which the others take an instance for dead, s. It beats several times as often. */
export const STALE_SECONDS = 15;

/** Writes that the instance is alive; returns the database's time. Also for use within a transaction. */
export async function beat(db: Kysely<Tables>, { id, name, machineId }: Instance): Promise<Date> {
  const { seen_at } = await db
    .insertInto('instances')
    .values({ id, name, machine_id: machineId ?? null })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: sql`now()`, ended_at: null }))
    .returning('seen_at')
    .executeTakeFirstOrThrow();
  return seen_at;
}

/** Writes that the instance has ended properly. */
export async function markEnded(db: Kysely<Tables>, { id }: Pick<Instance, 'id'>): Promise<void> {
  await db.updateTable('instances').set({ ended_at: sql`now()` }).where('id', '=', id).execute();
}

/** Selects the ids of instances that have beaten lately and have not ended, also for use as a subquery. */
export function living(db: Kysely<Tables>, staleSeconds: number) {
  return db
    .selectFrom('instances')
    .select('instances.id')
    .where('instances.ended_at', 'is', null)
    .where('instances.seen_at', '>', sql<Date>`now() - make_interval(secs => ${staleSeconds})`);
}

/** Deletes the instances that have been silent for that long. Returns how many. */
export async function forgetGone(db: Kysely<Tables>, goneSeconds: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('instances')
    .where('instances.seen_at', '<', sql<Date>`now() - make_interval(secs => ${goneSeconds})`)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
