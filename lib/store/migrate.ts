import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { up as instances } from './migrations/0001-instances.ts';
import { up as transcodes } from './migrations/0002-transcodes.ts';
import { up as events } from './migrations/0003-events.ts';
import { up as apiKeys } from './migrations/0004-api-keys.ts';
import { up as cancelledBy } from './migrations/0005-cancelled-by.ts';
import { up as machineId } from './migrations/0006-machine-id.ts';
import type { Tables } from './tables.ts';

/**
 * Forward only, applied in the order of their numbers. A released one never changes, and processes of the release before
 * work on after a new one: both releases run for a while.
 */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-instances': { up: instances },
  '0002-transcodes': { up: transcodes },
  '0003-events': { up: events },
  '0004-api-keys': { up: apiKeys },
  '0005-cancelled-by': { up: cancelledBy },
  '0006-machine-id': { up: machineId },
};

/**
 * Brings the database up to date. Many processes may do so at once: an advisory lock lets one through at a time. Where
 * there is nothing to do, none waits.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const known = await migrator.getMigrations();
  if (known.every(({ executedAt }) => executedAt !== undefined)) return;
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined && !isNewerSchema(error)) throw error;
}

/** Whether a later release has migrated the database: all that this one needs is done. */
function isNewerSchema(error: unknown): boolean {
  return error instanceof Error && /previously executed migration .* is missing/.test(error.message);
}
