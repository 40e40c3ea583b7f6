import { AppError } from '#lib/errors.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { Filters } from '#lib/playback/settings.ts';
import { doubling, type RestartPolicy } from '#lib/work/restart-policy.ts';
import type { ServiceCalls } from '../service/calls.ts';
import { followEvents } from '../service/follow-events.ts';

/** A change, as the service writes it. */
export type AdjustedAnswer = { readonly filters: Filters; readonly applied_at_sample: number };

export type FollowOptions = { readonly signal: AbortSignal; readonly onChange: (change: Adjusted) => void };

/** How often a stream's events are connected to again. */
export const EVENTS_RESTART: RestartPolicy = { delaysMs: doubling(500, 30_000) };

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
  try {
    for await (const { event, data } of followEvents(calls, id, {
      signal,
      isFinal: hasNoEvents,
      restart: EVENTS_RESTART,
    })) {
      if (event === 'filters') onChange(adjustedOf(data as AdjustedAnswer));
    }
  } catch {
    // The stream itself shows whether the service is up.
    return;
  }
}

function hasNoEvents(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UNAVAILABLE' && !error.recoverable;
}

export function adjustedOf({ filters, applied_at_sample: appliedAtSample }: AdjustedAnswer): Adjusted {
  return { filters, appliedAtSample };
}
