import type { ConstructorOptions, Db, PgBoss } from 'pg-boss';
import type { Log } from '#lib/log.ts';
import { backgroundClock } from './background-clock.ts';

/** The database, as the queue uses it. */
export type QueueDatabase = {
  query(text: string, values: readonly unknown[] | undefined): Promise<{ rows: unknown[] }>;
  /** Calls the handler with each payload, and with undefined whenever notifications may have been missed. */
  listen(channel: string, handler: (payload: string | undefined) => void): () => void;
  /** Runs statements that may take long on a connection of its own. */
  apart(work: (query: QueueDatabase['query']) => Promise<void>): Promise<void>;
};

export type BossOptions = {
  readonly database: QueueDatabase;
  readonly log: Log;
  /** Whether this process takes entries. Only such processes listen and do the queue's maintenance. */
  readonly takes: boolean;
};

/** The schema of pg-boss's tables. */
export const SCHEMA = 'pgboss';
/** How often entries are checked whose process no longer reports that it is alive, s. */
const SUPERVISE_SECONDS = 5;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/**
 * Starts pg-boss. The first process creates its tables, under pg-boss's own lock; others wait only then. pg-boss is
 * loaded here, because it costs memory.
 */
export async function startBoss(options: BossOptions): Promise<PgBoss> {
  const { database } = options;
  const db = adapter(database.query, database.listen);
  try {
    return await start(options, { db, migrate: false });
  } catch (error) {
    if (!isSchemaError(error)) throw error;
  }
  await database.apart(async (query) => {
    const boss = await start({ ...options, takes: false }, { db: adapter(query), migrate: true });
    await boss.stop({ graceful: false });
  });
  // Accepts the tables of a later release, too.
  return await start(options, { db, migrate: true });
}

async function start(
  { log, takes }: BossOptions,
  options: Pick<ConstructorOptions, 'migrate'> & { db: Db },
): Promise<PgBoss> {
  const { PgBoss } = await import('pg-boss');
  const boss = new PgBoss({
    schema: SCHEMA,
    supervise: takes,
    useListenNotify: takes,
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    maintenanceIntervalSeconds: HOUR_SECONDS,
    queueCacheIntervalSeconds: HOUR_SECONDS,
    // No entry depends on another.
    flowIntervalSeconds: DAY_SECONDS,
    bamIntervalSeconds: HOUR_SECONDS,
    monitorVacuum: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
    clock: backgroundClock,
    ...options,
  });
  // Without a listener, an error would end the process. Presence reports that the database is down.
  boss.on('error', (err) => {
    if ((err as { code?: unknown }).code !== 'UNAVAILABLE') log.error({ err }, 'queue');
  });
  boss.on('warning', ({ message, data }) => log.warn({ data }, message));
  try {
    return await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
}

function adapter(query: QueueDatabase['query'], listen?: QueueDatabase['listen']): Db {
  return {
    executeSql: async (text, values) => (await query(text, values)) as { rows: unknown[] },
    ...(listen && {
      async listen(channel, onNotification, onReconnect) {
        const stop = listen(channel, (payload) => (payload === undefined ? onReconnect() : onNotification(payload)));
        return { close: async () => stop() };
      },
    }),
  };
}

/** Returns whether pg-boss's tables are missing, or of another version. */
function isSchemaError(error: unknown): boolean {
  return error instanceof Error && /^pg-boss (is not installed|database requires migrations)/.test(error.message);
}
