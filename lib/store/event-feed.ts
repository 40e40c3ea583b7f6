import { AppError, isUnavailable } from '#lib/errors.ts';
import { type Bell, createBell } from './bell.ts';
import type { Database } from './database.ts';
import { EVENTS_CHANNEL, EVENTS_PAGE, readEvents, type StoredEvent } from './events.ts';
import type { Notifications } from './notifications.ts';

export type FollowOptions = {
  /** `seq` of the last event that is known; without one it begins with how things stand. */
  readonly after: string | undefined;
  readonly signal: AbortSignal;
};

/** The events of a subject as they are written, by whichever instance. */
export type EventFeed = {
  /**
   * Batches until the signal is aborted or the feed closes; an empty one now and then while nothing happens, or while
   * the database is away. Throws OVERLOADED when too many follow already.
   */
  follow(subject: string, options: FollowOptions): AsyncIterable<readonly StoredEvent[]>;
  /** How things stand: the latest event of each type; none while the database is away. */
  current(subject: string): Promise<readonly StoredEvent[]>;
  /** Ends all who follow. */
  close(): void;
};

export type EventFeedOptions = {
  readonly database: Pick<Database, 'run'>;
  readonly notifications: Pick<Notifications, 'listen'>;
  readonly maxFollowers?: number;
  readonly pollMs?: number;
};

const MAX_FOLLOWERS = 1_000;
/** Notifications wake at once; this is for those that get lost. */
const POLL_MS = 5_000;
/** The first notification may be lost while the channel is being opened. */
const FIRST_POLL_MS = 500;

/** However many follow, this process listens once. */
export function openEventFeed(options: EventFeedOptions): EventFeed {
  const { database, notifications, maxFollowers = MAX_FOLLOWERS, pollMs = POLL_MS } = options;
  const closing = new AbortController();
  const bells = new Map<string, Set<() => void>>();
  let followers = 0;
  let unlisten: (() => void) | undefined;

  function wake(subject: string | undefined): void {
    const woken = subject === undefined ? bells.values().toArray() : [bells.get(subject) ?? []];
    for (const ring of woken.flatMap((rings) => [...rings])) ring();
  }

  function enter(subject: string, ring: () => void): () => void {
    if (followers >= maxFollowers) {
      throw new AppError('OVERLOADED', { limit: maxFollowers }, { message: 'too many follow events already' });
    }
    followers += 1;
    unlisten ??= notifications.listen(EVENTS_CHANNEL, wake);
    const rings = bells.get(subject) ?? new Set();
    bells.set(subject, rings.add(ring));
    return () => {
      if (!rings.delete(ring)) return;
      followers -= 1;
      if (rings.size === 0 && bells.get(subject) === rings) bells.delete(subject);
      if (followers > 0) return;
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

  async function* batches(subject: string, { after, signal, bell }: FollowOptions & { readonly bell: Bell }) {
    let last = after;
    let patience = Math.min(FIRST_POLL_MS, pollMs);
    while (!signal.aborted) {
      const events = await read(subject, last);
      last = events.at(-1)?.seq ?? last;
      yield events;
      if (events.length < EVENTS_PAGE) await bell.rung(patience, signal);
      patience = pollMs;
    }
  }

  return {
    follow(subject, { after, signal }) {
      const bell = createBell();
      const ended = AbortSignal.any([signal, closing.signal]);
      const leave = enter(subject, bell.ring);
      if (ended.aborted) leave();
      else ended.addEventListener('abort', leave, { once: true });
      return batches(subject, { after, signal: ended, bell });
    },
    current: (subject) => read(subject, undefined),
    close: () => closing.abort(),
  };
}
