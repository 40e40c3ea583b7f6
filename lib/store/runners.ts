import { type Kysely, sql } from 'kysely';
import { living, STALE_SECONDS } from './instances.ts';
import type { Tables } from './tables.ts';

export type LivingRunner = {
  readonly id: string;
  readonly name: string;
  readonly machineId: string | null;
  readonly kinds: readonly string[];
};

/**
 * Records with which ffmpeg an instance runs jobs, if its row exists: after its first beat. Writes nothing where that is
 * recorded already.
 */
export async function announceBuild(
  db: Kysely<Tables>,
  { id, build }: { readonly id: string; readonly build: string },
): Promise<void> {
  await db
    .updateTable('instances')
    .set({ job_build: build })
    .where('id', '=', id)
    .where('job_build', 'is distinct from', build)
    .execute();
}

/** Returns the processes that do long-lived work, on all machines or on one. */
export async function livingRunners(
  db: Kysely<Tables>,
  { machineId, staleSeconds = STALE_SECONDS }: { readonly machineId?: string; readonly staleSeconds?: number } = {},
): Promise<LivingRunner[]> {
  const rows = await db
    .selectFrom('instances')
    .select(['id', 'name', 'machine_id', 'runner_kinds'])
    .where('id', 'in', living(db, staleSeconds))
    .where(sql<boolean>`cardinality(runner_kinds) > 0`)
    .$if(machineId !== undefined, (query) => query.where('machine_id', '=', machineId ?? null))
    .orderBy('id')
    .execute();
  return rows.map(({ id, name, machine_id: machineId, runner_kinds: kinds }) => ({ id, name, machineId, kinds }));
}
