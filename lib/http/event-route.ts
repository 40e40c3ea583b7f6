import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { type Answer, noContent } from './answer.ts';
import type { RouteEntry } from './route-entry.ts';
import type { RouteRequest } from './serve.ts';
import { type EventStreamOptions, eventStream, lastEventId, type ServerEvent } from './sse.ts';

export type EventRouteOptions = {
  /** What the id names to the caller, with the id as events have it. Throws NOT_FOUND. */
  readonly find: (caller: Caller, id: string) => Promise<{ readonly id: string }>;
  /** The events by id; undefined without a database. */
  readonly feed: () => FollowedEvents | undefined;
};

/** Events by the id of what they happen to. */
export type FollowedEvents = {
  current(id: string): Promise<readonly ServerEvent[]>;
  /** Begins after an event, or with the current state. */
  follow(
    id: string,
    options: { readonly after: string | undefined; readonly signal: AbortSignal },
  ): ReturnType<EventStreamOptions['follow']>;
};

type Request = Omit<RouteRequest<RouteEntry & { readonly path: '{id}' }>, 'query' | 'body'>;

/** A route of server-sent events up to `end`, whatever they are of. Throws UNAVAILABLE without a database. */
export function eventRoute({ find, feed }: EventRouteOptions): (request: Request) => Promise<Answer> {
  return async ({ event, context, caller, params }) => {
    const after = lastEventId(event);
    const { id } = await find(caller, params.id);
    const events = feed();
    if (events === undefined) throw noEvents();
    // A browser's EventSource connects again after every end, until the answer is 204.
    if (after !== undefined) {
      const last = (await events.current(id)).find(isLast);
      if (last !== undefined && BigInt(last.seq) <= BigInt(after)) return noContent();
    }
    return eventStream({ follow: (signal) => events.follow(id, { after, signal }), isLast, context });
  };
}

function noEvents(): AppError {
  return new AppError('UNAVAILABLE', { part: 'store' }, { message: 'events need the database', recoverable: false });
}

function isLast({ type }: ServerEvent): boolean {
  return type === 'end';
}
