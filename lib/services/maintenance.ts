import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import { forgetGone, STALE_SECONDS } from '#lib/store/instances.ts';
import type { Sweeper } from '#lib/store/presence.ts';
import { createSharedCounts } from '#lib/store/rate-limits.ts';
import { deleteEndedBefore } from '#lib/store/transcode-retention.ts';
import { closeAbandoned, hasAbandoned } from '#lib/store/transcodes.ts';
import type { Store } from './store.ts';

export type MaintenanceReport =
  | { readonly status: 'disabled'; readonly reason: string }
  | { readonly status: 'done'; readonly counts: Readonly<Record<string, number>> };

/** Clears up after instances that are gone, and deletes what has been kept for long enough. */
export type Maintenance = {
  /** For processes that live long: each does some of it with every beat. */
  readonly sweepers: readonly Sweeper[];
  /** All of it, now. Throws an AggregateError, when the rest is done, for what has failed. */
  run(): Promise<MaintenanceReport>;
  /** Ends the waiting of a run. */
  close(): void;
};

export type MaintenanceParts = {
  readonly store: Store | undefined;
  readonly log: Log;
  readonly retentionDays: number;
  /** Adds up the counts of instances that are gone for good; returns how many instances. */
  readonly foldMetrics: () => Promise<number>;
  /** How long an instance may be silent; `STALE_SECONDS` when absent. */
  readonly staleSeconds?: number;
};

const DAY_MS = 86_400_000;
/** How long an instance that is gone is remembered. */
const REMEMBERED_SECONDS = 86_400;

export function createMaintenance({
  store,
  log,
  staleSeconds = STALE_SECONDS,
  ...rest
}: MaintenanceParts): Maintenance {
  if (store === undefined) {
    return {
      sweepers: [],
      run: async () => ({ status: 'disabled', reason: 'there is no database' }),
      close: () => undefined,
    };
  }
  const { database } = store;
  const chores = choresOf({ store, ...rest });
  const closing = new AbortController();
  return {
    sweepers: Object.values(chores).map(seldom),
    async run() {
      // After an outage of the database, instances that live need time to beat again.
      if (await database.run((db) => hasAbandoned(db, staleSeconds))) {
        await delay(staleSeconds * 1_000, undefined, { signal: closing.signal });
      }
      const counts: Record<string, number> = {};
      const failures: unknown[] = [];
      for (const [name, { run }] of Object.entries(chores)) {
        try {
          counts[name] = await run(staleSeconds);
        } catch (error) {
          log.error({ err: error, chore: name }, 'maintenance');
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, `maintenance: ${failures.length} of it failed`);
      log.info({ counts }, 'maintenance');
      return { status: 'done', counts };
    },
    close: () => closing.abort(new AppError('UNAVAILABLE', { reason: 'shutting_down' })),
  };
}

/** One kind of clearing up, by its own query. */
type Chore = {
  /** How often a process that lives long does it at most, ms; 0: with every beat. */
  readonly everyMs: number;
  /** Returns how many rows or instances it has dealt with. */
  readonly run: (staleSeconds: number) => Promise<number>;
};

type ChoresParts = Pick<MaintenanceParts, 'retentionDays' | 'foldMetrics'> & { readonly store: Store };

function choresOf({ store: { database }, retentionDays, foldMetrics }: ChoresParts): Readonly<Record<string, Chore>> {
  const deleteOld: Chore['run'] = () =>
    database.run((db) => deleteEndedBefore(db, new Date(Date.now() - retentionDays * DAY_MS)));
  return {
    transcodes_closed: { everyMs: 0, run: (staleSeconds) => database.run((db) => closeAbandoned(db, staleSeconds)) },
    transcodes_deleted: { everyMs: 600_000, run: deleteOld },
    instances_folded: { everyMs: 0, run: foldMetrics },
    instances_forgotten: { everyMs: 0, run: () => database.run((db) => forgetGone(db, REMEMBERED_SECONDS)) },
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
