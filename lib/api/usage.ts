import { z } from 'zod';
import { get } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

const BUDGET = z.strictObject({
  used: z
    .number()
    .min(0)
    .meta({ description: 'What the caller uses now, or has used within the hour, day or minute.' }),
  limit: z
    .number()
    .nullable()
    .meta({ description: 'The most that the caller may use while others use nothing; null without a limit.' }),
  unit: z.enum(['count', 'bytes', 'seconds']).meta({ description: 'Unit of both numbers.' }),
});

const of = (description: string) => BUDGET.meta({ description });

/** What a caller uses of each budget. Errors name a budget by the same words. */
const USAGE = z.strictObject({
  requests_per_minute: of('Requests of this minute.'),
  places: of('Transcodes that run in this process.'),
  event_streams: of('Event streams that are open in this process.'),
  spool_bytes: of('Disk space of sources that are copied to temporary files by this process.'),
  cache_bytes: of('Disk space of audio that this process encoded for the caller and keeps.'),
  cpu_seconds_per_hour: of('CPU time of ffmpeg in this hour.'),
  records_per_day: of('Transcodes that were recorded on this day.'),
  stored_bytes: of(
    'Size of stored uploads, of those that were started and may still arrive, and of job results.',
  ).optional(),
  open_uploads: of('Uploads that were started and may still arrive.').optional(),
  jobs: of('Jobs that wait in the queue.').optional(),
});

export const USAGE_ROUTES = {
  get: get(PATHS.usage.own, {
    access: 'any',
    summary: 'Get what the caller uses',
    answers: {
      200: {
        description:
          'What the caller uses of each budget. Uploads are absent without a bucket, and jobs without a database.',
        json: { name: 'Usage', schema: USAGE },
      },
    },
  }),
};
