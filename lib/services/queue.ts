import type { Log } from '#lib/log.ts';
import { openJobQueue } from '#lib/queue/job-queue.ts';
import type { Store } from './store.ts';

/**
 * Opens the queue of video jobs on the connections of the store. `takes`: whether this process takes entries; others only
 * add them.
 */
export function openQueue({ database, notifications }: Store, { log, takes }: { log: Log; takes: boolean }) {
  return openJobQueue({
    log,
    takes,
    database: {
      query: (text, values) => database.run(() => database.pool.query(text, values && [...values])),
      listen: notifications.listen,
      apart: (work) =>
        database.apart((pool) => work(async (text, values) => await pool.query(text, values && [...values]))),
    },
  });
}
