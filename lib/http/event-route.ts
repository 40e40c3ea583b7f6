import { type AppError, notConfigured } from '#lib/errors.ts';
import { accountOf, type Caller } from '#lib/identity/caller.ts';
import { type Answer, noContent } from './answer.ts';
import type { RouteEntry } from './route-entry.ts';
import type { RouteRequest } from './serve.ts';
import { type EventStreamOptions, eventStream, lastEventId, type ServerEvent } from './sse.ts';

export type EventRouteOptions = {
  /** Finds the caller's subject of the events. Its events are stored under the returned id. Throws NOT_FOUND. */
  readonly find: (caller: Caller, id: string) => Promise<{ readonly id: string }>;
  /** Returns the events by id; undefined without a database. */
  readonly feed: () => FollowedEvents | undefined;
};

/** Events by the id of their subject. */
export type FollowedEvents = {
  current(id: string): Promise<readonly ServerEvent[]>;
  /** Starts after the event `after`, or with the current state. */
  follow(
    id: string,
    options: { readonly after: string | undefined; readonly signal: AbortSignal; readonly account: string },
  ): ReturnType<EventStreamOptions['follow']>;
};

type Request = Omit<RouteRequest<RouteEntry & { readonly path: '{id}' }>, 'query' | 'body'>;

/** Creates a route that serves server-sent events up to `end`. Throws UNAVAILABLE without a database. */
export function eventRoute({ find, feed }: EventRouteOptions): (request: Request) => Promise<Answer> {
  return async ({ event, context, caller, params }) => {
    const after = lastEventId(event);
    const { id } = await find(caller, params.id);
    const events = feed();
    if (events === undefined) throw noEvents();
    // A browser's EventSource reconnects after every end of the response, until the status is 204.
    if (after !== undefined) {
      const last = (await events.current(id)).find(isLast);
      if (last !== undefined && BigInt(last.seq) <= BigInt(after)) return noContent();
    }
    const keyEnded = event.keyEnded?.signal;
    const account = accountOf(caller);
    const follow = (signal: AbortSignal) => events.follow(id, { after, signal, account });
    return eventStream({ follow, isLast, context, keyEnded });
  };
}

function noEvents(): AppError {
  return notConfigured('store', 'events need a database, and none is configured');
}

function isLast({ type }: ServerEvent): boolean {
  return type === 'end';
}
