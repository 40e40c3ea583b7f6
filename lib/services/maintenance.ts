import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import type { Chores } from '#lib/jobs/chores.ts';
import type { Log } from '#lib/log.ts';
import { deleteCallbacksEndedBefore, deleteExpiredSecrets } from '#lib/store/callbacks/retention.ts';
import { forgetGone, STALE_SECONDS } from '#lib/store/instances.ts';
import type { Sweeper } from '#lib/store/presence.ts';
import { createSharedCounts } from '#lib/store/rate-limits.ts';
import { deleteEndedBefore } from '#lib/store/transcode-retention.ts';
import { closeAbandoned, hasAbandoned } from '#lib/store/transcodes.ts';
import type { Store } from './store.ts';

export type MaintenanceReport =
  | { readonly status: 'disabled'; readonly reason: string }
  | { readonly status: 'done'; readonly counts: Readonly<Record<string, number>> };

/** Cleans up after dead instances, and deletes expired data. */
export type Maintenance = {
  /** Parts of the maintenance that long-lived processes run at every beat. */
  readonly sweepers: readonly Sweeper[];
  /** Runs everything now. If parts fail, the rest still runs, and an AggregateError with the failures is thrown. */
  run(): Promise<MaintenanceReport>;
  /** Ends the wait of a run. */
  close(): void;
};

export type MaintenanceParts = {
  readonly store: Store | undefined;
  readonly log: Log;
  readonly retentionDays: number;
  /** Adds the counts of ended instances to the totals, and returns the number of instances. */
  readonly foldMetrics: () => Promise<number>;
  /** The chores of jobs, which only `run` does; undefined where there are none, or where runners do them. */
  readonly jobs?: Chores | undefined;
  /** Longest silence of a live instance; `STALE_SECONDS` when absent. */
  readonly staleSeconds?: number;
};

const DAY_MS = 86_400_000;
/** Time for which a dead instance is kept. */
const REMEMBERED_SECONDS = 86_400;

export function createMaintenance({
  store,
  log,
  staleSeconds = STALE_SECONDS,
  jobs,
  ...rest
}: MaintenanceParts): Maintenance {
  if (store === undefined) {
    return {
      sweepers: [],
      run: async () => ({ status: 'disabled', reason: 'no database is configured' }),
      close: () => undefined,
    };
  }
  const { database } = store;
  const chores = choresOf({ store, ...rest });
  const own = Object.fromEntries(Object.entries(chores).map(([name, { run }]) => [name, run]));
  const tasks: Readonly<Record<string, Chore['run']>> = { ...own, ...jobs };
  const closing = new AbortController();
  return {
    sweepers: Object.values(chores).map(seldom),
    async run() {
      // After an outage of the database, live instances need time to beat again.
      if (await database.run((db) => hasAbandoned(db, staleSeconds))) {
        await delay(staleSeconds * 1_000, undefined, { signal: closing.signal });
      }
      const counts: Record<string, number> = {};
      const failures: unknown[] = [];
      for (const [name, run] of Object.entries(tasks)) {
        try {
          counts[name] = await run(staleSeconds);
        } catch (error) {
          log.error({ err: error, chore: name }, 'maintenance');
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, `maintenance: ${failures.length} tasks failed`);
      log.info({ counts }, 'maintenance');
      return { status: 'done', counts };
    },
    close: () => closing.abort(new AppError('UNAVAILABLE', { reason: 'shutting_down' })),
  };
}

/** One maintenance task, with its own query. */
type Chore = {
  /** Shortest interval in a long-lived process, ms; 0: at every beat. */
  readonly everyMs: number;
  /** Returns the number of rows or instances processed. */
  readonly run: (staleSeconds: number) => Promise<number>;
};

type ChoresParts = Pick<MaintenanceParts, 'retentionDays' | 'foldMetrics'> & { readonly store: Store };

function choresOf({ store: { database }, retentionDays, foldMetrics }: ChoresParts): Readonly<Record<string, Chore>> {
  const retained = () => new Date(Date.now() - retentionDays * DAY_MS);
  const deleteOld: Chore['run'] = () => database.run((db) => deleteEndedBefore(db, retained()));
  const deleteCallbacks: Chore['run'] = () => database.run((db) => deleteCallbacksEndedBefore(db, retained()));
  return {
    transcodes_closed: { everyMs: 0, run: (staleSeconds) => database.run((db) => closeAbandoned(db, staleSeconds)) },
    transcodes_deleted: { everyMs: 600_000, run: deleteOld },
    instances_folded: { everyMs: 0, run: foldMetrics },
    instances_forgotten: { everyMs: 0, run: () => database.run((db) => forgetGone(db, REMEMBERED_SECONDS)) },
    callbacks_deleted: { everyMs: 600_000, run: deleteCallbacks },
    callback_secrets_deleted: { everyMs: 600_000, run: () => database.run(deleteExpiredSecrets) },
    rate_limits_forgotten: { everyMs: 300_000, run: createSharedCounts(database).forgetExpired },
  };
}

function seldom({ everyMs, run }: Chore): Sweeper {
  let doneAt = Number.NEGATIVE_INFINITY;
  return async (staleSeconds) => {
    if (performance.now() - doneAt < everyMs) return;
    doneAt = performance.now();
    await run(staleSeconds);
  };
}
