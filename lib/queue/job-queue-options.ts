import type { Queue } from 'pg-boss';

/** Name of the queue of video jobs. */
export const JOBS = 'jobs';

const DAY_SECONDS = 86_400;

/**
 * What pg-boss applies to every entry. It must not give up before the rows do: they count failures, lost runners and the
 * time that a job may take. An entry is kept for a while after its end, so that claims of it keep being counted when the
 * job is run again.
 */
export const QUEUE_OPTIONS = {
  retryLimit: 50,
  retryDelay: 0,
  retryBackoff: false,
  heartbeatSeconds: 60,
  expireInSeconds: DAY_SECONDS,
  retentionSeconds: 365 * DAY_SECONDS,
  deleteAfterSeconds: DAY_SECONDS,
  notify: true,
} as const satisfies Omit<Queue, 'name'>;

/** Above the longest time that a job may take; pg-boss allows a queue only a day. */
export const ENTRY_OPTIONS = { expireInSeconds: 4 * DAY_SECONDS } as const;

/**
 * How often a process reports that it still works on an entry, s. After an outage of the database of up to 45 s, the next
 * report comes within the 60 s of the heartbeat, whenever the outage began.
 */
export const REFRESH_SECONDS = 5;
/** How often each slot looks for an entry, s. Notifications make it look earlier, but may be lost. */
export const POLL_SECONDS = 2;
