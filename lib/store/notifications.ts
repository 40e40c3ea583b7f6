import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterFailure, type RestartPolicy } from '#lib/work/restart-policy.ts';
import type { Database } from './database.ts';
import { createSockets } from './sockets.ts';

/** Called with each payload; with nothing when listening begins (again): something may have been missed before. */
export type NotificationHandler = (payload: string | undefined) => void;

/** PostgreSQL's LISTEN and NOTIFY: how instances wake each other up. Nothing that is only said here is lasting. */
export type Notifications = {
  /** Returns the stop. The first one opens a connection, which is kept, and made again whenever it breaks. */
  listen(channel: string, handler: NotificationHandler): () => void;
  /** Tells all who listen; the payload must be shorter than 8000 bytes. Throws UNAVAILABLE. */
  notify(channel: string, payload: string): Promise<void>;
  close(): Promise<void>;
};

export type NotificationOptions = {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly database: Database;
  /** A connection on which nothing comes may be dead: so often it is asked, ms. */
  readonly probeMs?: number;
};

const RECONNECT: RestartPolicy = { delaysMs: [500] };
const PROBE_MS = 10_000;
/** Longest wait for a connection to be closed in peace. */
const CLOSE_MS = 500;

export function openNotifications(options: NotificationOptions): Notifications {
  const { url, connectTimeoutMs, database, probeMs = PROBE_MS } = options;
  const handlers = new Map<string, Set<NotificationHandler>>();
  const sockets = createSockets();
  const closing = new AbortController();
  let connection: Connection | undefined;
  let connecting: Promise<void> | undefined;

  async function keepConnected(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      await converse().catch(() => undefined);
      connection = undefined;
      sockets.cut();
      const restart = afterFailure(RECONNECT, { failures });
      failures = restart.failures;
      await delay(restart.delayMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  }

  /** One connection, until it breaks. */
  async function converse(): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
      application_name: 'ffmpeg-functions notifications',
      stream: sockets.open,
    });
    client.on('error', () => undefined);
    client.on('notification', ({ channel, payload }) => tell(channel, payload));
    const ended = new AbortController();
    client.once('end', () => ended.abort());
    await client.connect();
    connection = inTurn(client);
    for (const channel of handlers.keys()) void follow(channel);
    while (!ended.signal.aborted && !closing.signal.aborted) {
      await connection('SELECT 1');
      const over = AbortSignal.any([ended.signal, closing.signal]);
      await delay(probeMs, undefined, { signal: over, ref: false }).catch(() => undefined);
    }
    await Promise.race([client.end(), delay(CLOSE_MS, undefined, { ref: false })]);
  }

  /** Listens on the connection there is, and says that it does. A connection that is being made listens to all. */
  async function follow(channel: string): Promise<void> {
    const heard = await connection?.(`LISTEN ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
    if (heard !== undefined) tell(channel, undefined);
  }

  function tell(channel: string, payload: string | undefined): void {
    for (const handler of handlers.get(channel) ?? []) handler(payload);
  }

  return {
    listen(channel, handler) {
      const listeners = handlers.get(channel) ?? new Set();
      handlers.set(channel, listeners.add(handler));
      void follow(channel);
      connecting ??= keepConnected();
      return () => {
        listeners.delete(handler);
        if (listeners.size > 0 || handlers.get(channel) !== listeners) return;
        handlers.delete(channel);
        void connection?.(`UNLISTEN ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
      };
    },
    async notify(channel, payload) {
      await database.run(() => database.pool.query('SELECT pg_notify($1, $2)', [channel, payload]));
    },
    async close() {
      closing.abort();
      // One that is still being made is not waited for.
      if (connection === undefined) sockets.cut();
      await connecting;
    },
  };
}

/** Runs one command after the other. */
type Connection = (command: string) => Promise<unknown>;

function inTurn(client: pg.Client): Connection {
  let last: Promise<unknown> = Promise.resolve();
  return (command) => {
    last = last.catch(() => undefined).then(() => client.query(command));
    return last;
  };
}
