import type { Config } from '#lib/config.ts';
import { type Database, openDatabase } from '#lib/store/database.ts';
import { type Notifications, openNotifications } from '#lib/store/notifications.ts';

/** The state that instances share. A service without DATABASE_URL has none. */
export type Store = {
  readonly database: Database;
  readonly notifications: Notifications;
  /** Calls `listener` whenever the database seems to be down. */
  onAway(listener: () => void): void;
  close(): Promise<void>;
};

const CONNECT_TIMEOUT_MS = 2_000;
const QUERY_TIMEOUT_MS = 5_000;

/** Opens the store. It connects on first use. */
export function openStore({ DATABASE_URL: url, DATABASE_MAX_CONNECTIONS: maxConnections }: Config): Store | undefined {
  if (url === undefined) return undefined;
  const awayListeners: (() => void)[] = [];
  const database = openDatabase({
    url,
    maxConnections,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    onAway() {
      for (const listener of awayListeners) listener();
    },
  });
  const notifications = openNotifications({ url, connectTimeoutMs: CONNECT_TIMEOUT_MS, database });
  return {
    database,
    notifications,
    onAway: (listener) => void awayListeners.push(listener),
    async close() {
      await notifications.close();
      await database.close();
    },
  };
}
