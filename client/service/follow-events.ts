import { setTimeout as delay } from 'node:timers/promises';
import type { Resource, RoutePath } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import { afterFailure, type RestartPolicy } from '#lib/work/restart-policy.ts';
import type { Call, ServiceCalls } from './calls.ts';
import { type ServerEvent, serverEvents } from './server-events.ts';

export type FollowEventsOptions = {
  readonly signal: AbortSignal;
  /** Whether a retry would fail too. */
  readonly isFinal: (error: unknown) => boolean;
  readonly restart: RestartPolicy;
};

/** What is followed: the path of its events on a function, and its id. */
export type Followed<Name> = { readonly name: Name; readonly path: RoutePath; readonly id: string };

/**
 * Yields the events of a transcode or job until it has ended. When the connection is cut, it reconnects and continues after
 * the last event received. Throws the signal's reason, a final failure, or the last failure when the policy gives up.
 */
export async function* followEvents<Name extends Resource>(
  calls: Pick<ServiceCalls<Name>, 'open'>,
  { name, path, id }: Followed<Name>,
  { signal, isFinal, restart }: FollowEventsOptions,
): AsyncGenerator<ServerEvent> {
  let last = '';
  for (let failures = 0; ; ) {
    let failure: unknown;
    try {
      const query: Call['query'] = last === '' ? {} : { last_event_id: last };
      const answer = await calls.open(name, { path, id, query, signal });
      // 204: no events follow the last one.
      if (answer.status === 204) return;
      for await (const event of serverEvents(answer.body ?? new ReadableStream())) {
        failures = 0;
        last = event.id;
        yield event;
        if (event.event === 'end') return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw error;
      failure = error;
    }
    // A connection that ends without an event counts as a failure.
    const next = afterFailure(restart, { failures });
    if (next.delayMs === undefined) throw failure ?? noEvents();
    failures = next.failures;
    await delay(next.delayMs, undefined, { signal, ref: false });
  }
}

function noEvents(): AppError {
  return new AppError(
    'UNAVAILABLE',
    { part: 'service', reason: 'no_events' },
    { message: 'the service sent no events' },
  );
}
