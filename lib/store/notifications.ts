import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from './database.ts';

/** Called with each payload; with nothing when the connection is there (again): something may have been missed. */
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
};

const RECONNECT_MS = 500;

export function openNotifications({ url, connectTimeoutMs, database }: NotificationOptions): Notifications {
  const handlers = new Map<string, Set<NotificationHandler>>();
  const closing = new AbortController();
  let client: pg.Client | undefined;
  let connecting: Promise<void> | undefined;

  async function keepConnected(): Promise<void> {
    while (!closing.signal.aborted) {
      await converse().catch(() => undefined);
      await delay(RECONNECT_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  }

  /** One connection, until it breaks. */
  async function converse(): Promise<void> {
    const connection = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      application_name: 'ffmpeg-functions notifications',
    });
    connection.on('error', () => undefined);
    connection.on('notification', ({ channel, payload }) => tell(channel, payload));
    const ended = once(connection, 'end');
    try {
      await connection.connect();
      client = connection;
      for (const channel of handlers.keys()) await connection.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      for (const channel of handlers.keys()) tell(channel, undefined);
      if (!closing.signal.aborted) await ended;
    } finally {
      client = undefined;
      await connection.end().catch(() => undefined);
    }
  }

  function tell(channel: string, payload: string | undefined): void {
    for (const handler of handlers.get(channel) ?? []) handler(payload);
  }

  /** On the connection there is; a connection that is being made listens to all there are. */
  function command(verb: 'LISTEN' | 'UNLISTEN', channel: string): void {
    void client?.query(`${verb} ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
  }

  return {
    listen(channel, handler) {
      const listeners = handlers.get(channel) ?? new Set();
      handlers.set(channel, listeners.add(handler));
      if (listeners.size === 1) command('LISTEN', channel);
      connecting ??= keepConnected();
      return () => {
        listeners.delete(handler);
        if (listeners.size > 0 || handlers.get(channel) !== listeners) return;
        handlers.delete(channel);
        command('UNLISTEN', channel);
      };
    },
    async notify(channel, payload) {
      await database.run(() => database.pool.query('SELECT pg_notify($1, $2)', [channel, payload]));
    },
    async close() {
      closing.abort();
      await client?.end().catch(() => undefined);
      await connecting;
    },
  };
}
