import { setTimeout as delay } from 'node:timers/promises';
import { PATHS } from '#lib/api/paths.ts';
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
    let delayMs: number | undefined = restart.delaysMs[0];
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
      ({ failures, delayMs } = afterFailure(restart, { failures }));
      if (delayMs === undefined || isFinal(error)) throw error;
    }
    await delay(delayMs, undefined, { signal, ref: false });
  }
}
