import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { type Answer, noContent } from './answer.ts';
import type { HttpContext, HttpEvent } from './event.ts';
import { type EventStreamOptions, eventStream, lastEventId, type ServerEvent } from './sse.ts';

export type EventRouteOptions = {
  /** What the caller means by the id, with the id as events have it. Throws NOT_FOUND. */
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

type Request = {
  readonly event: HttpEvent;
  readonly context: HttpContext;
  readonly caller: Caller;
  readonly params: { readonly id: string };
};

/** A route of server-sent events up to `end`, whatever they are of. Throws UNAVAILABLE without a database. */
export function eventRoute({ find, feed }: EventRouteOptions): (request: Request) => Promise<Answer> {
  return async ({ event, context, caller, params }) => {
    const after = lastEventId(event);
    const { id } = await find(caller, params.id);
    const events = feed();
    if (events === undefined) throw noEvents();
    // A browser's EventSource connects again after every end, until the answer is 204.
    if (after !== undefined && (await events.current(id)).some((last) => isLast(last) && isUpTo(last, after))) {
      return noContent();
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

function isUpTo({ seq }: ServerEvent, after: string): boolean {
  return BigInt(seq) <= BigInt(after);
}
