import { setTimeout as delay } from 'node:timers/promises';
import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import type { Filters } from '#lib/playback/settings.ts';
import { serverEvents } from '../server-events.ts';
import type { Call, ServiceCalls } from '../service-calls.ts';
import type { Adjusted } from './leg.ts';

/** As the service tells of it. */
export type AdjustedAnswer = { readonly filters: Filters; readonly applied_at_sample: number };

export type FollowOptions = { readonly signal: AbortSignal; readonly onChange: (change: Adjusted) => void };

const AGAIN_MS = { first: 500, longest: 30_000 } as const;

/**
 * Tells of each change of a live transcode, whoever makes it, until it has ended or the signal is aborted. It is well
 * without: a service that cannot tell is asked again, less and less often; one that never will, for want of a database,
 * is not. Never rejects.
 */
export async function followChanges(
  calls: ServiceCalls,
  id: string,
  { signal, onChange }: FollowOptions,
): Promise<void> {
  let last = '';
  let waitMs: number = AGAIN_MS.first;
  while (!signal.aborted) {
    try {
      const query: Call['query'] = last === '' ? {} : { last_event_id: last };
      const answer = await calls.open('transcodes', { path: PATHS.transcodes.events, id, query, signal });
      // Nothing is left behind the last event.
      if (answer.status === 204) return;
      for await (const { id: seq, event, data } of serverEvents(answer.body ?? new ReadableStream())) {
        waitMs = AGAIN_MS.first;
        last = seq;
        if (event === 'end') return;
        if (event === 'filters') onChange(adjustedOf(data as AdjustedAnswer));
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAVAILABLE' && !error.recoverable) return;
      // Else the stream itself shows whether the service is there.
    }
    await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    waitMs = Math.min(AGAIN_MS.longest, waitMs * 2);
  }
}

export function adjustedOf({ filters, applied_at_sample: appliedAtSample }: AdjustedAnswer): Adjusted {
  return { filters, appliedAtSample };
}
