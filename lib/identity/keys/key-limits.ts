import { z } from 'zod';
import { AppError } from '#lib/errors.ts';

const LARGEST_COUNT = 1_000_000;

/** Limits of an API key; what is absent has the service's own limit. */
export const KEY_LIMITS = z.strictObject({
  requests_per_minute: z.int().min(1).max(LARGEST_COUNT).optional().meta({ description: 'Requests per minute.' }),
  places: z
    .int()
    .min(1)
    .max(LARGEST_COUNT)
    .optional()
    .meta({ description: 'Transcodes that may run in parallel in one process of the service.' }),
  cpu_seconds_per_hour: z
    .number()
    .positive()
    .max(LARGEST_COUNT)
    .optional()
    .meta({ description: 'CPU time of ffmpeg within an hour, in seconds. Over it, no transcode is started.' }),
  stored_bytes: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'Size of all stored uploads and job results, in bytes.' }),
  jobs: z.int().min(0).max(LARGEST_COUNT).optional().meta({ description: 'Jobs that may wait in the queue.' }),
});
export type KeyLimits = { readonly [Name in keyof z.output<typeof KEY_LIMITS>]: number | undefined };

const NAMES = KEY_LIMITS.keyof().options;

/**
 * Returns the limits of a new key: those of its maker's key where none are given. Throws VALIDATION_ERROR for a limit
 * that is higher than the maker's.
 */
export function limitsWithin(limits: KeyLimits, ofMaker: KeyLimits = {}): KeyLimits {
  for (const name of NAMES) {
    const [wanted, most] = [limits[name], ofMaker[name]];
    if (wanted === undefined || most === undefined || wanted <= most) continue;
    const message = `limits.${name} must be at most ${most}, as the key that makes it has`;
    const offence = { field: `limits.${name}`, value: wanted };
    throw new AppError('VALIDATION_ERROR', { ...offence, errors: [{ ...offence, message }] }, { message });
  }
  return { ...ofMaker, ...limits };
}
