import { z } from 'zod';
import { NEXT_CURSOR, PAGE_FIELDS } from '#lib/work/page.ts';
import { WORK_RECORD } from '#lib/work/record.ts';
import { JOB_PHASES, JOB_STATUSES } from './state.ts';

/** Whether a stream of the result was encoded, or copied packet by packet. */
export const STREAM_TREATMENT = z.enum(['copied', 'encoded']).nullable();

export const JOB_OUTPUT = z.strictObject({
  name: z.string().meta({ description: 'Name of the output in the request.' }),
  format: z.string().meta({ description: 'Format of the output.' }),
  url: z.string().meta({
    description:
      'Signed URL to GET the file, or the main playlist or manifest of a package. It expires; get the job again for another one.',
  }),
  bytes: z.int().min(0).meta({ description: 'Size of the file, or of all files of a package.' }),
  duration_seconds: z.number().min(0).nullable().meta({ description: 'Length; null for a picture.' }),
  width: z.int().nullable().meta({ description: 'Width in pixels; null without a picture.' }),
  height: z.int().nullable().meta({ description: 'Height in pixels; null without a picture.' }),
  video: STREAM_TREATMENT.meta({ description: 'Whether the picture was encoded or copied; null without one.' }),
  audio: STREAM_TREATMENT.meta({ description: 'Whether the sound was encoded or copied; null without one.' }),
  not_copied_because: z.string().nullable().meta({ description: 'Why a stream was encoded; null otherwise.' }),
});
export type JobOutput = z.output<typeof JOB_OUTPUT>;

export const JOB_RESULT = z.strictObject({
  outputs: z.array(JOB_OUTPUT).meta({ description: 'The files, in the order of the request.' }),
  expires_at: z.iso.datetime().meta({ description: 'Time at which the files are deleted.' }),
  cached: z.boolean().meta({ description: 'Whether the files were made by an earlier job.' }),
});

/** A job as responses contain it. */
export const JOB_RECORD = WORK_RECORD.extend({
  status: z.enum(JOB_STATUSES).meta({ description: 'Status. A retry makes a failed or cancelled job pending again.' }),
  phase: z.enum(JOB_PHASES).meta({ description: 'What the job is doing; queued while it waits, done after its end.' }),
  progress: z.number().min(0).max(100).nullable().meta({
    description:
      'Percentage that is done, with one decimal. Never decreases; 100 only when completed; null until something is known.',
  }),
  eta_seconds: z.number().min(0).nullable().meta({ description: 'Estimated time left, seconds; null while unknown.' }),
  speed: z.number().min(0).nullable().meta({ description: 'Seconds of the result per second; null while unknown.' }),
  queue_position: z
    .int()
    .min(1)
    .nullable()
    .meta({ description: 'Place in the queue, from 1, counted up to 1,000; null unless it waits.' }),
  priority: z.int().min(1).max(10).meta({ description: 'Priority: 1–3 urgent, 4–7 normal, 8–10 low.' }),
  attempts: z.int().min(0).meta({ description: 'How many times a runner has started it.' }),
  errors: z.int().min(0).meta({ description: 'Recoverable failures after which it was started again.' }),
  warnings: z.array(z.string()).meta({ description: 'What differs from the request without failing the job.' }),
  metadata: z.record(z.string(), z.unknown()).nullable().meta({ description: 'The metadata of the request.' }),
  result: JOB_RESULT.nullable().meta({ description: 'The files; null until completed, and after they have expired.' }),
  started_at: z.iso.datetime().nullable().meta({ description: 'Time of the first start; null before.' }),
});
export type JobRecord = z.output<typeof JOB_RECORD>;

/** The query of `GET /api/jobs`. */
export const JOB_QUERY = z.strictObject({
  status: z
    .enum(['active', ...JOB_STATUSES], { error: `status must be one of active, ${JOB_STATUSES.join(', ')}` })
    .optional()
    .meta({ description: 'Returns only jobs with this status; `active` selects all that have not ended.' }),
  ...PAGE_FIELDS.shape,
});
export type JobQuery = z.output<typeof JOB_QUERY>;

export const JOB_PAGE = z.strictObject({
  items: z.array(JOB_RECORD).meta({ description: 'Jobs, newest first.' }),
  next_cursor: NEXT_CURSOR,
});
