import { setTimeout as delay } from 'node:timers/promises';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import { afterFailure, type RestartPolicy } from '#lib/work/restart-policy.ts';
import type { Call, ServiceCalls } from './calls.ts';
import { type ServerEvent, serverEvents } from './server-events.ts';

export type FollowEventsOptions = {
  readonly signal: AbortSignal;
  /** Whether a failure would be the same again. */
  readonly isFinal: (error: unknown) => boolean;
  readonly restart: RestartPolicy;
};

/**
 * The events of a transcode until it has ended. When the connection breaks they continue, on a new one, after the last
 * that came. Throws the signal's reason, a final failure, and the last failure when the policy gives up.
 */
export async function* followEvents(
  calls: ServiceCalls,
  id: string,
  { signal, isFinal, restart }: FollowEventsOptions,
): AsyncGenerator<ServerEvent> {
  let last = '';
  for (let failures = 0; ; ) {
    let failure: unknown;
    try {
      const query: Call['query'] = last === '' ? {} : { last_event_id: last };
      const answer = await calls.open('transcodes', { path: PATHS.transcodes.events, id, query, signal });
      // There are no events after the last one.
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
    // A connection that ends without an event is no better than one that breaks.
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
    { message: 'the service sends no events' },
  );
}
