import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import { forgetGone, STALE_SECONDS } from '#lib/store/instances.ts';
import type { Sweeper } from '#lib/store/presence.ts';
import { createSharedCounts } from '#lib/store/rate-limits.ts';
import { deleteEndedBefore } from '#lib/store/transcode-retention.ts';
import { closeAbandoned, hasAbandoned } from '#lib/store/transcodes.ts';
import type { Store } from './store.ts';

/** What is cleared up, each by its own query; a chore tells how many it has dealt with. */
export type Chores = Readonly<Record<keyof typeof EVERY_MS, (staleSeconds: number) => Promise<number>>>;

export type MaintenanceReport =
  | { readonly status: 'disabled'; readonly reason: string }
  | { readonly status: 'done'; readonly counts: Readonly<Record<string, number>> };

/** Clears up behind instances that are gone, and what has been kept for long enough. */
export type Maintenance = {
  /** For processes that live long: some of it each time they say that they live. */
  readonly sweepers: readonly Sweeper[];
  /** All of it, now. Throws an AggregateError, when the rest is done, for what has failed. */
  run(): Promise<MaintenanceReport>;
  /** What runs waits for nothing any more. */
  close(): void;
};

export type MaintenanceParts = {
  readonly store: Store | undefined;
  readonly log: Log;
  readonly retentionDays: number;
  /** Adds what instances have counted that are gone for good to what is kept of them; returns of how many. */
  readonly foldMetrics: () => Promise<number>;
  /** How long an instance may be silent; default: as long as the others give it. */
  readonly staleSeconds?: number;
};

const DAY_MS = 86_400_000;
/** How long an instance that is gone is remembered, s. */
const REMEMBERED_SECONDS = 86_400;

/** How often a process that lives long does each of it at most; 0: with every beat. */
const EVERY_MS = {
  transcodes_closed: 0,
  transcodes_deleted: 600_000,
  instances_folded: 0,
  instances_forgotten: 0,
  rate_limits_forgotten: 300_000,
} as const;

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
    sweepers: Object.entries(chores).map(([name, chore]) => seldom(EVERY_MS[name as keyof Chores], chore)),
    async run() {
      // The database may have been away until now: those that live must first be able to show it.
      if (await database.run((db) => hasAbandoned(db, staleSeconds))) {
        await delay(staleSeconds * 1_000, undefined, { signal: closing.signal });
      }
      const counts: Record<string, number> = {};
      const failures: unknown[] = [];
      for (const [name, chore] of Object.entries(chores)) {
        try {
          counts[name] = await chore(staleSeconds);
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

type ChoresParts = Pick<MaintenanceParts, 'retentionDays' | 'foldMetrics'> & { readonly store: Store };

function choresOf({ store: { database }, retentionDays, foldMetrics }: ChoresParts): Chores {
  return {
    transcodes_closed: (staleSeconds) => database.run((db) => closeAbandoned(db, staleSeconds)),
    transcodes_deleted: () =>
      database.run((db) => deleteEndedBefore(db, new Date(Date.now() - retentionDays * DAY_MS))),
    instances_folded: foldMetrics,
    instances_forgotten: () => database.run((db) => forgetGone(db, REMEMBERED_SECONDS)),
    rate_limits_forgotten: createSharedCounts(database).forgetExpired,
  };
}

function seldom(everyMs: number, chore: Chores[keyof Chores]): Sweeper {
  let doneAt = Number.NEGATIVE_INFINITY;
  return async (staleSeconds) => {
    if (performance.now() - doneAt < everyMs) return;
    doneAt = performance.now();
    await chore(staleSeconds);
  };
}
