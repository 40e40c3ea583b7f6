import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { up as instances } from './migrations/0001-instances.ts';
import { up as transcodes } from './migrations/0002-transcodes.ts';
import { up as events } from './migrations/0003-events.ts';
import { up as apiKeys } from './migrations/0004-api-keys.ts';
import { up as cancelledBy } from './migrations/0005-cancelled-by.ts';
import { up as machineId } from './migrations/0006-machine-id.ts';
import { up as keyMakers } from './migrations/0007-key-makers.ts';
import { up as keyLimits } from './migrations/0008-key-limits.ts';
import { up as jobs } from './migrations/0009-jobs.ts';
import { up as callbacks } from './migrations/0010-callbacks.ts';
import { up as runners } from './migrations/0011-runners.ts';
import { up as jobCache } from './migrations/0012-job-cache.ts';
import type { Tables } from './tables.ts';

/**
 * Migrations go forward only, in the order of their numbers. A released one never changes. Processes of the previous
 * release keep working after a new one, because both releases run at the same time for a while.
 */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-instances': { up: instances },
  '0002-transcodes': { up: transcodes },
  '0003-events': { up: events },
  '0004-api-keys': { up: apiKeys },
  '0005-cancelled-by': { up: cancelledBy },
  '0006-machine-id': { up: machineId },
  '0007-key-makers': { up: keyMakers },
  '0008-key-limits': { up: keyLimits },
  '0009-jobs': { up: jobs },
  '0010-callbacks': { up: callbacks },
  '0011-runners': { up: runners },
  '0012-job-cache': { up: jobCache },
};

/**
 * Migrates the database. Many processes may call it at once: an advisory lock lets them run one at a time. Without
 * pending migrations, it does not wait.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const known = await migrator.getMigrations();
  if (known.every(({ executedAt }) => executedAt !== undefined)) return;
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined && !isNewerSchema(error)) throw error;
}

/** Returns whether a later release has migrated the database, which includes everything this release needs. */
function isNewerSchema(error: unknown): boolean {
  return error instanceof Error && /previously executed migration .* is missing/.test(error.message);
}
