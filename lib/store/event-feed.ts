import { isUnavailable } from '#lib/errors.ts';
import { type Bell, createBell } from '#lib/work/bell.ts';
import type { Share } from '#lib/work/shares.ts';
import type { Database } from './database.ts';
import { EVENTS_CHANNEL, EVENTS_PAGE, readEvents, type StoredEvent } from './events.ts';
import type { Notifications } from './notifications.ts';

export type FollowOptions = {
  /** `seq` of the last known event. Without it, the feed starts with the current state. */
  readonly after: string | undefined;
  readonly signal: AbortSignal;
  /** Whose event stream it is. */
  readonly account: string;
};

/** The events of a subject, as any instance writes them. */
export type EventFeed = {
  /**
   * Yields batches until the signal is aborted or the feed closes. Batches are empty while there are no new events or
   * the database is down. Throws RATE_LIMITED and OVERLOADED, as `eventStreams` does.
   */
  follow(subject: string, options: FollowOptions): AsyncIterable<readonly StoredEvent[]>;
  /** Returns the current state: the latest event of each type. Empty while the database is down. */
  current(subject: string): Promise<readonly StoredEvent[]>;
  /** Ends all feeds. */
  close(): void;
};

export type EventFeedOptions = {
  readonly database: Pick<Database, 'run'>;
  readonly notifications: Pick<Notifications, 'listen'>;
  readonly eventStreams: Share;
  readonly pollMs?: number;
};

/** Longest wait for a notification before the database is read anyway: a notification may get lost. */
const POLL_MS = 5_000;
/** The first notification may be lost while the channel is being opened. */
const FIRST_POLL_MS = 500;

type Follower = { readonly subject: string; readonly bell: Bell };

/** Opens the feed. All followers in this process share one LISTEN. */
export function openEventFeed(options: EventFeedOptions): EventFeed {
  const { database, notifications, eventStreams, pollMs = POLL_MS } = options;
  const closing = new AbortController();
  const followers = new Set<Follower>();
  let unlisten: (() => void) | undefined;

  function wake(subject: string | undefined): void {
    for (const follower of followers) if (subject === undefined || subject === follower.subject) follower.bell.ring();
  }

  function enter(follower: Follower, account: string): () => void {
    const place = eventStreams.take({ account });
    followers.add(follower);
    unlisten ??= notifications.listen(EVENTS_CHANNEL, wake);
    return () => {
      place.release();
      followers.delete(follower);
      if (followers.size > 0) return;
      unlisten?.();
      unlisten = undefined;
    };
  }

  async function read(subject: string, after: string | undefined): Promise<StoredEvent[]> {
    try {
      return await database.run((db) => readEvents(db, { subject, after }));
    } catch (error) {
      if (isUnavailable(error)) return [];
      throw error;
    }
  }

  async function* batches(subject: string, { after, signal, bell }: Followed) {
    let last = after;
    let waitMs = Math.min(FIRST_POLL_MS, pollMs);
    while (!signal.aborted) {
      const events = await read(subject, last);
      last = events.at(-1)?.seq ?? last;
      yield events;
      if (events.length < EVENTS_PAGE) await bell.rung(waitMs, signal);
      waitMs = pollMs;
    }
  }

  return {
    follow(subject, { after, signal, account }) {
      const bell = createBell();
      const ended = AbortSignal.any([signal, closing.signal]);
      const leave = enter({ subject, bell }, account);
      if (ended.aborted) leave();
      else ended.addEventListener('abort', leave, { once: true });
      return batches(subject, { after, signal: ended, bell });
    },
    current: (subject) => read(subject, undefined),
    close: () => closing.abort(),
  };
}

type Followed = Omit<FollowOptions, 'account'> & { readonly bell: Bell };
