import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import type { Adjusted } from '#lib/playback/adjustment.ts';
import type { Filters } from '#lib/playback/settings.ts';
import { doubling, type RestartPolicy } from '#lib/work/restart-policy.ts';
import type { ServiceCalls } from '../service/calls.ts';
import { followEvents } from '../service/follow-events.ts';

/** A filter change, as the service writes it. */
export type AdjustedAnswer = { readonly filters: Filters; readonly applied_at_sample: number };

export type FollowOptions = { readonly signal: AbortSignal; readonly onChange: (change: Adjusted) => void };

/** The delays before reconnecting to the events of a stream. */
export const EVENTS_RESTART: RestartPolicy = { delaysMs: doubling(500, 30_000) };

/**
 * Reports each filter change of a live transcode, made by any client, until the transcode has ended or the signal is
 * aborted. After a failure it reconnects with growing delays. It stops when the service has no events, which need a
 * database. Never rejects, since the stream does not depend on it.
 */
export async function followChanges(
  calls: ServiceCalls,
  id: string,
  { signal, onChange }: FollowOptions,
): Promise<void> {
  try {
    for await (const { event, data } of followEvents(
      calls,
      { name: 'transcodes', path: PATHS.transcodes.events, id },
      {
        signal,
        isFinal: hasNoEvents,
        restart: EVENTS_RESTART,
      },
    )) {
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
