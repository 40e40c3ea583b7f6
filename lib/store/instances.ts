import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** One running process of the service. */
export type Instance = {
  /** UUID v7, new at every start. */
  readonly id: string;
  /** `host-pid`, for metrics and people. */
  readonly name: string;
  /** UUID of the machine it runs on, the same after every start; undefined when none can be stored. */
  readonly machineId?: string | undefined;
  /** The kinds of work of a runner, such as `jobs`; absent for a host. */
  readonly runnerKinds?: readonly string[];
};

/** Silence after which other instances consider an instance dead, s. It beats several times in this period. */
export const STALE_SECONDS = 15;

/** Records that the instance is alive, and returns the database's time. May be used within a transaction. */
export async function beat(db: Kysely<Tables>, { id, name, machineId, runnerKinds = [] }: Instance): Promise<Date> {
  const { seen_at } = await db
    .insertInto('instances')
    .values({ id, name, machine_id: machineId ?? null, runner_kinds: [...runnerKinds] })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: sql`now()`, ended_at: null }))
    .returning('seen_at')
    .executeTakeFirstOrThrow();
  return seen_at;
}

/** Records that the instance has ended properly. */
export async function markEnded(db: Kysely<Tables>, { id }: Pick<Instance, 'id'>): Promise<void> {
  await db.updateTable('instances').set({ ended_at: sql`now()` }).where('id', '=', id).execute();
}

/** Selects the ids of instances that are alive: not ended, and not silent for `staleSeconds`. Also for subqueries. */
export function living(db: Kysely<Tables>, staleSeconds: number) {
  return db
    .selectFrom('instances')
    .select('instances.id')
    .where('instances.ended_at', 'is', null)
    .where('instances.seen_at', '>', sql<Date>`now() - make_interval(secs => ${staleSeconds})`);
}

/** Deletes the instances that have been silent for `goneSeconds`. Returns their number. */
export async function forgetGone(db: Kysely<Tables>, goneSeconds: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('instances')
    .where('instances.seen_at', '<', sql<Date>`now() - make_interval(secs => ${goneSeconds})`)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
