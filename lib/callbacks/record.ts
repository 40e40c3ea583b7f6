import { z } from 'zod';
import { FAILURE_REASONS } from './outcome.ts';
import { CALLBACK_STATUSES } from './queue.ts';

export const CALLBACK_ATTEMPT = z.strictObject({
  at: z.iso.datetime().meta({ description: 'Time of the attempt.' }),
  status: z.int().nullable().meta({ description: 'HTTP status of the response; null without one.' }),
  reason: z.enum(FAILURE_REASONS).nullable().meta({ description: 'Why there was no response; null with one.' }),
  ms: z.int().min(0).meta({ description: 'Duration of the attempt, milliseconds.' }),
});
export type CallbackAttempt = z.output<typeof CALLBACK_ATTEMPT>;

/** A callback as responses contain it. */
export const CALLBACK_RECORD = z.strictObject({
  id: z.uuid().meta({ description: 'Id of the callback: the header `webhook-id` of each attempt.' }),
  event: z.string().meta({ description: 'Name of the event, such as `job.completed`.' }),
  url: z.string().meta({ description: 'Where it is sent. The query is not shown.' }),
  status: z.enum(CALLBACK_STATUSES).meta({
    description: 'Current status. `failed`: given up. `dropped`: too many callbacks waited, so it was not sent.',
  }),
  attempts: z.array(CALLBACK_ATTEMPT).meta({ description: 'The last attempts, oldest first.' }),
  next_attempt_at: z.iso.datetime().nullable().meta({ description: 'Time of the next attempt; null without one.' }),
  created_at: z.iso.datetime().meta({ description: 'Time of the event.' }),
  ended_at: z.iso.datetime().nullable().meta({ description: 'Time of the last attempt; null while it is pending.' }),
});
export type CallbackRecord = z.output<typeof CALLBACK_RECORD>;

/** The answer of routes that list the callbacks of a job, stream or relay. */
export const CALLBACK_LIST = z.strictObject({
  items: z.array(CALLBACK_RECORD).meta({ description: 'Callbacks, newest first; at most 100.' }),
});

export const CALLBACK_SECRET = z.strictObject({
  secret: z.string().meta({ description: 'The secret that signs callbacks: `whsec_` and base64.' }),
  created_at: z.iso.datetime().meta({ description: 'Time at which it was made.' }),
  previous_valid_until: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'Until then, callbacks are also signed with the previous secret; null without one.' }),
});
export type CallbackSecret = z.output<typeof CALLBACK_SECRET>;

export const CALLBACK_TEST = z.strictObject({
  delivered: z.boolean().meta({ description: 'Whether the receiver has answered with a status from 200 to 299.' }),
  ...CALLBACK_ATTEMPT.shape,
});
export type CallbackTest = z.output<typeof CALLBACK_TEST>;
