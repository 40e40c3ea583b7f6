import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { Filters } from '#lib/playback/settings.ts';
import type { ServiceCalls } from '../service/calls.ts';
import { serverEvents } from '../service/server-events.ts';

/** A change, as the service writes it. */
export type AdjustedAnswer = { readonly filters: Filters; readonly applied_at_sample: number };

export type FollowOptions = { readonly signal: AbortSignal; readonly onChange: (change: Adjusted) => void };

const AGAIN_MS = { first: 500, longest: 30_000 } as const;

/**
 * Reports each change of a live transcode, by any client, until it has ended or the signal is aborted. The stream does
 * not depend on it: after a failure it tries again, at growing intervals; a service without a database, which has no
 * events, is left alone. Never rejects.
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
      const query = last === '' ? '' : `?last_event_id=${encodeURIComponent(last)}`;
      const answer = await calls.open('transcodes', { path: `/${encodeURIComponent(id)}/events${query}`, signal });
      // There are no events after the last one.
      if (answer.status === 204) return;
      for await (const { id: seq, event, data } of serverEvents(answer.body ?? new ReadableStream())) {
        waitMs = AGAIN_MS.first;
        last = seq;
        if (event === 'end') return;
        if (event === 'filters') onChange(adjustedOf(data as AdjustedAnswer));
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAVAILABLE' && !error.recoverable) return;
      // Otherwise the stream itself shows whether the service is up.
    }
    await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    waitMs = Math.min(AGAIN_MS.longest, waitMs * 2);
  }
}

export function adjustedOf({ filters, applied_at_sample: appliedAtSample }: AdjustedAnswer): Adjusted {
  return { filters, appliedAtSample };
}
