import { isUnavailable } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import { afterFailure, type Restart } from '#lib/work/restart-policy.ts';
import type { Database } from './database.ts';
import { beat, type Instance, markEnded, STALE_SECONDS } from './instances.ts';

/** Cleans up after instances that have been silent for `staleSeconds`. Every live instance calls it regularly. */
export type Sweeper = (staleSeconds: number) => Promise<void>;

export type PresenceOptions = {
  readonly database: Pick<Database, 'run'>;
  readonly instance: Instance;
  readonly log: Log;
  readonly sweepers: readonly Sweeper[];
  /** Called after each successful beat. */
  readonly onBeat: () => Promise<unknown>;
  /** Called when presence stops. */
  readonly onStop: () => Promise<unknown>;
  readonly beatMs?: number;
  readonly retryMs?: number;
};

export type Presence = {
  /** Returns why the last query failed; undefined when it succeeded. */
  problem(): string | undefined;
  /** Resolves after the first beat, successful or not. */
  readonly known: Promise<void>;
  /** Beats now, because a query failed. */
  check(): void;
  /** Marks the instance as ended, if the database is up. */
  stop(): Promise<void>;
};

const BEAT_MS = 5_000;
const RETRY_MS = 1_000;
const ANSWER_MS = 2_000;

/** Records every few seconds that this instance is alive, and cleans up after instances that no longer do so. */
export function keepPresence(options: PresenceOptions): Presence {
  const { database, instance, log, sweepers, onBeat, onStop, beatMs = BEAT_MS, retryMs = RETRY_MS } = options;
  const known = Promise.withResolvers<void>();
  let problem: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> | undefined;
  let working: Promise<void> | undefined;
  let stopped = false;
  let next: Restart = { failures: 0, delayMs: beatMs };
  /** Both in the database's time, ms: the last successful beat, and the start of the unbroken series of beats. */
  let lastBeatAt: number | undefined;
  let presentSince = 0;

  async function beatOnce(): Promise<void> {
    try {
      const at = (await database.run((db) => beat(db, instance), { timeoutMs: ANSWER_MS })).getTime();
      if (lastBeatAt === undefined || at - lastBeatAt > STALE_SECONDS * 1_000) presentSince = at;
      lastBeatAt = at;
      next = { failures: 0, delayMs: beatMs };
      become(undefined);
      working ??= work(at).finally(() => {
        working = undefined;
      });
    } catch (error) {
      lastBeatAt = undefined;
      next = afterFailure({ delaysMs: [retryMs] }, next);
      const now = isUnavailable(error) ? error.message : 'the database refuses a query';
      if (now !== problem) report(error);
      become(now);
    }
    known.resolve();
    if (!stopped) timer = setTimeout(go, next.delayMs).unref();
  }

  function go(): void {
    if (stopped || beating !== undefined) return;
    clearTimeout(timer);
    beating = beatOnce().finally(() => {
      beating = undefined;
    });
  }

  async function work(at: number): Promise<void> {
    await attempt(onBeat);
    // After an outage of the database, the other instances first need time to beat.
    if (at - presentSince < STALE_SECONDS * 1_000) return;
    for (const sweep of sweepers) await attempt(() => sweep(STALE_SECONDS));
  }

  async function attempt(task: () => Promise<unknown>): Promise<void> {
    await task().catch(report);
  }

  /** Logs an error, unless the database is down: the next beat reports that. */
  function report(error: unknown): void {
    if (!isUnavailable(error)) log.error({ err: error }, 'store');
  }

  function become(now: typeof problem): void {
    if (now === problem) return;
    problem = now;
    log.warn({ store: now === undefined ? 'ok' : 'failed' }, now ?? 'the database responds again');
  }

  go();
  return {
    problem: () => problem,
    known: known.promise,
    check: () => {
      // While the database is down, retries check it.
      if (problem === undefined) go();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await beating;
      await working;
      if (problem !== undefined) return;
      await attempt(onStop);
      await attempt(() => database.run((db) => markEnded(db, instance), { timeoutMs: ANSWER_MS }));
    },
  };
}
