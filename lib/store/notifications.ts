import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterFailure, type Restart, type RestartPolicy } from '#lib/work/restart-policy.ts';
import type { Database } from './database.ts';
import { createSockets } from './sockets.ts';

/** Notifications between instances, with PostgreSQL's LISTEN and NOTIFY. A notification may get lost. */
export type Notifications = {
  /**
   * Calls the handler with each payload, and with undefined whenever listening starts or restarts, because
   * notifications may have been missed before. The first call opens a connection, which is reopened when it breaks.
   * Returns the function that stops listening.
   */
  listen(channel: string, handler: (payload: string | undefined) => void): () => void;
  /** Notifies all listeners. The payload must be shorter than 8000 bytes. Throws UNAVAILABLE. */
  notify(channel: string, payload: string): Promise<void>;
  close(): Promise<void>;
};

export type NotificationOptions = {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly database: Database;
  /** Time between two checks of the connection, ms. */
  readonly probeMs?: number;
};

const RECONNECT: RestartPolicy = { delaysMs: [500] };
const PROBE_MS = 10_000;
/** Longest wait for a connection to close before it is cut. */
const CLOSE_MS = 500;

export function openNotifications(options: NotificationOptions): Notifications {
  const { url, connectTimeoutMs, database, probeMs = PROBE_MS } = options;
  const channels = new EventEmitter().setMaxListeners(0);
  const sockets = createSockets();
  const closing = new AbortController();
  let connection: Connection | undefined;
  let connecting: Promise<void> | undefined;

  async function keepConnected(): Promise<void> {
    let restart: Restart = { failures: 0, delayMs: 0 };
    while (!closing.signal.aborted) {
      await converse().catch(() => undefined);
      connection = undefined;
      sockets.cut();
      restart = afterFailure(RECONNECT, restart);
      await delay(restart.delayMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Runs one connection until it breaks. */
  async function converse(): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
      application_name: 'ffmpeg-functions notifications',
      stream: sockets.open,
    });
    client.on('error', () => undefined);
    client.on('notification', ({ channel, payload }) => void channels.emit(channel, payload));
    const ended = new AbortController();
    client.once('end', () => ended.abort());
    const over = AbortSignal.any([ended.signal, closing.signal]);
    await client.connect();
    connection = inTurn(client);
    for (const channel of channels.eventNames()) void follow(String(channel));
    while (!over.aborted) {
      await connection('SELECT 1');
      await delay(probeMs, undefined, { signal: over, ref: false }).catch(() => undefined);
    }
    await Promise.race([client.end(), delay(CLOSE_MS, undefined, { ref: false })]);
  }

  /** Listens on the current connection. A connection that is being opened will listen to all channels anyway. */
  async function follow(channel: string): Promise<void> {
    const heard = await connection?.(`LISTEN ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
    if (heard !== undefined) channels.emit(channel, undefined);
  }

  return {
    listen(channel, handler) {
      channels.on(channel, handler);
      void follow(channel);
      connecting ??= keepConnected();
      return () => {
        channels.off(channel, handler);
        if (channels.listenerCount(channel) > 0) return;
        void connection?.(`UNLISTEN ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
      };
    },
    async notify(channel, payload) {
      await database.run(() => database.pool.query('SELECT pg_notify($1, $2)', [channel, payload]));
    },
    async close() {
      closing.abort();
      // Does not wait for a connection that is still being opened.
      if (connection === undefined) sockets.cut();
      await connecting;
    },
  };
}

/** Runs commands one after another. */
type Connection = (command: string) => Promise<unknown>;

function inTurn(client: pg.Client): Connection {
  let last: Promise<unknown> = Promise.resolve();
  return (command) => {
    last = last.catch(() => undefined).then(() => client.query(command));
    return last;
  };
}
