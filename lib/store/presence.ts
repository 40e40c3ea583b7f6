import { isUnavailable } from '#lib/errors.ts';
import type { Log } from '#lib/log.ts';
import { afterFailure } from '#lib/work/restart-policy.ts';
import type { Database } from './database.ts';
import { beat, end, type Instance, STALE_SECONDS } from './instances.ts';

/** Clears up behind instances that have been silent for `staleSeconds`; called again and again, by all who live. */
export type Sweeper = (staleSeconds: number) => Promise<void>;

export type PresenceOptions = {
  readonly database: Pick<Database, 'run'>;
  readonly instance: Instance;
  readonly log: Log;
  readonly sweepers: readonly Sweeper[];
  /** What is to be told while the database is there, behind each beat. */
  readonly onBeat: () => Promise<unknown>;
  /** What is to be told at the end. */
  readonly onStop: () => Promise<unknown>;
  readonly beatMs?: number;
  readonly retryMs?: number;
};

export type Presence = {
  /** Whether the database answered when it was last asked. */
  state(): 'ok' | 'failed';
  /** Settles once the database has answered, or not, for the first time. */
  readonly known: Promise<void>;
  /** Beats at once: something that needed the database went without. */
  check(): void;
  /** Says goodbye, as far as the database is there. */
  stop(): Promise<void>;
};

const BEAT_MS = 5_000;
const RETRY_MS = 1_000;
const ANSWER_MS = 2_000;

/** Says every few seconds that this instance is alive, and clears up behind those that no longer do. */
export function keepPresence(options: PresenceOptions): Presence {
  const { database, instance, log, sweepers, onBeat, onStop, beatMs = BEAT_MS, retryMs = RETRY_MS } = options;
  const known = Promise.withResolvers<void>();
  let state: ReturnType<Presence['state']> = 'ok';
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> | undefined;
  let working: Promise<void> | undefined;
  let stopped = false;
  let failures = 0;
  /** In the database's time, ms: its last answer, and since when it has answered without a gap. */
  let lastBeatAt: number | undefined;
  let presentSince = 0;

  async function beatOnce(): Promise<void> {
    try {
      const at = (await database.run((db) => beat(db, instance), { timeoutMs: ANSWER_MS })).getTime();
      if (lastBeatAt === undefined || at - lastBeatAt > STALE_SECONDS * 1_000) presentSince = at;
      lastBeatAt = at;
      become('ok');
      working ??= work(at).finally(() => {
        working = undefined;
      });
    } catch (error) {
      lastBeatAt = undefined;
      become('failed', error);
    }
    known.resolve();
    if (!stopped) timer = setTimeout(go, pause()).unref();
  }

  function pause(): number | undefined {
    if (state === 'ok') {
      failures = 0;
      return beatMs;
    }
    const restart = afterFailure({ delaysMs: [retryMs] }, { failures });
    failures = restart.failures;
    return restart.delayMs;
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
    // Who has just seen the database return must first let the others show that they live.
    if (at - presentSince < STALE_SECONDS * 1_000) return;
    for (const sweep of sweepers) await attempt(() => sweep(STALE_SECONDS));
  }

  /** That the database went away meanwhile, the next beat tells. */
  async function attempt(task: () => Promise<unknown>): Promise<void> {
    await task().catch((error: unknown) => {
      if (!isUnavailable(error)) log.error({ err: error }, 'store');
    });
  }

  function become(now: typeof state, error?: unknown): void {
    if (error !== undefined && !isUnavailable(error)) log.error({ err: error }, 'store');
    if (now === state) return;
    state = now;
    log.warn({ store: now }, now === 'ok' ? 'the database is back' : 'the database does not answer');
  }

  go();
  return {
    state: () => state,
    known: known.promise,
    check: () => {
      // While it is away, it is asked often enough.
      if (state === 'ok') go();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await beating;
      await working;
      if (state === 'failed') return;
      await attempt(onStop);
      await attempt(() => database.run((db) => end(db, instance), { timeoutMs: ANSWER_MS }));
    },
  };
}
