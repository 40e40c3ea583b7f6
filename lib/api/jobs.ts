import { z } from 'zod';
import { CALLBACK_LIST, CALLBACK_RECORD } from '#lib/callbacks/record.ts';
import { del, get, post, TEXT } from '#lib/http/route-entry.ts';
import { DRY_RUN } from '#lib/jobs/dry-run.ts';
import { JOB_PAGE, JOB_QUERY, JOB_RECORD } from '#lib/jobs/record.ts';
import { SPEC_LIMITS } from '#lib/jobs/spec/limits.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { LAST_EVENT_ID } from './event-parameters.ts';
import { PATHS } from './paths.ts';

const PARAMS = { id: 'Id of the job.' };
const JOB = { name: 'Job', schema: JOB_RECORD };

const SUBMIT_QUERY = z.strictObject({
  dry_run: z.boolean().default(false).meta({ description: 'Whether the request is only checked: no job is queued.' }),
});

const LOG_QUERY = z.strictObject({
  part: z
    .enum(['log', 'command'], { error: 'part must be one of log, command' })
    .default('log')
    .meta({ description: '`log`: what ffmpeg printed. `command`: the command lines that were run.' }),
});

const RESULT_QUERY = z.strictObject({
  output: z.string().max(100).optional().meta({ description: 'Name of the output, if the job has several.' }),
});

const FILE_QUERY = z.strictObject({
  token: z
    .string()
    .max(512)
    .optional()
    .meta({ description: 'The token in the `url` of the output, instead of credentials.' }),
});

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A text of the caller’s choice, at most 255 characters. For 24 hours, the same key with the same body gets the ' +
    'first response again, with `Idempotency-Replayed: true`; with another body it gets CONFLICT.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;

export const JOBS_ROUTES = {
  submit: post(PATHS.jobs.own, {
    access: 'jobs',
    summary: 'Submit a job',
    parameters: [IDEMPOTENCY_KEY],
    query: SUBMIT_QUERY,
    body: {
      name: 'JobRequest',
      schema: JOB_SPEC,
      large: { maxBytes: SPEC_LIMITS.bodyBytes, module: async () => (await import('./job-body.ts')).body },
    },
    answers: {
      200: {
        description: 'With `dry_run`: whether the request is valid, and what would be done. Nothing is queued.',
        json: { name: 'DryRun', schema: DRY_RUN },
      },
      202: {
        description: 'The job is queued.',
        headers: {
          Location: 'URL of the job.',
          'Idempotency-Replayed':
            '`true` if the response is that of an earlier request with the same key, else `false`.',
        },
        json: JOB,
      },
    },
  }),
  list: get(PATHS.jobs.own, {
    access: 'jobs',
    summary: 'List jobs',
    query: JOB_QUERY,
    answers: {
      200: { description: 'A page of the caller’s jobs, newest first.', json: { name: 'JobPage', schema: JOB_PAGE } },
    },
  }),
  get: get(PATHS.jobs.one, {
    access: 'jobs',
    summary: 'Get a job',
    params: PARAMS,
    answers: { 200: { description: 'The current state of the job, with its files once completed.', json: JOB } },
  }),
  logs: get(PATHS.jobs.logs, {
    access: 'jobs',
    summary: 'Get the log of a job',
    params: PARAMS,
    query: LOG_QUERY,
    answers: {
      200: {
        description: 'The log of the last attempt, without secrets, at most 256 KiB: the beginning and the end.',
        content: { 'text/plain': TEXT },
      },
    },
  }),
  result: get(PATHS.jobs.result, {
    access: 'jobs',
    summary: 'Get a file of a completed job',
    params: PARAMS,
    query: RESULT_QUERY,
    answers: {
      302: {
        description: 'To a signed URL of the file, which expires; of a package, to its main playlist or manifest.',
        headers: { Location: 'The signed URL. It is a secret.' },
      },
    },
  }),
  file: get(PATHS.jobs.file, {
    access: 'jobs',
    token: true,
    summary: 'Get a file of a package',
    params: { ...PARAMS, output: 'Name of the output.', file: 'Name of the file, such as `master.m3u8`.' },
    query: FILE_QUERY,
    answers: {
      200: {
        description: 'A playlist or a manifest, with signed URLs of the media. It is a secret.',
        content: { 'application/vnd.apple.mpegurl': TEXT, 'application/dash+xml': TEXT },
      },
      302: {
        description: 'To a signed URL of media, which expires.',
        headers: { Location: 'The signed URL. It is a secret.' },
      },
    },
  }),
  callbacks: get(PATHS.jobs.callbacks, {
    access: 'jobs',
    summary: 'List the callbacks of a job',
    params: PARAMS,
    answers: {
      200: {
        description: 'The callbacks, newest first, with their attempts.',
        json: { name: 'CallbackList', schema: CALLBACK_LIST },
      },
    },
  }),
  replay: post(PATHS.jobs.replay, {
    access: 'jobs',
    summary: 'Send a callback of a job again',
    params: { ...PARAMS, event: 'Id of the callback, or the name of its event, such as `job.completed`.' },
    answers: {
      202: {
        description: 'The callback is sent again soon, under the same id.',
        json: { name: 'Callback', schema: CALLBACK_RECORD },
      },
    },
  }),
  cancel: post(PATHS.jobs.cancel, {
    access: 'jobs',
    summary: 'Cancel a job',
    params: PARAMS,
    answers: {
      200: { description: 'The job is cancelled.', json: JOB },
      202: { description: 'The job is running. It ends within two seconds, with all its processes.', json: JOB },
    },
  }),
  retry: post(PATHS.jobs.retry, {
    access: 'jobs',
    summary: 'Queue a failed or cancelled job again',
    params: PARAMS,
    answers: { 202: { description: 'The job is queued under the same id.', json: JOB } },
  }),
  remove: del(PATHS.jobs.one, {
    access: 'jobs',
    summary: 'Delete a job and its files',
    params: PARAMS,
    answers: { 204: { description: 'The job is deleted. A running job must be cancelled first.' } },
  }),
};

export const JOB_EVENTS_ROUTES = {
  follow: get(PATHS.jobs.events, {
    access: 'jobs',
    summary: 'Follow the events of a job',
    params: PARAMS,
    parameters: LAST_EVENT_ID,
    answers: {
      200: {
        description:
          'Server-sent events: `status`, `progress` and `end`. The response ends after `end`, or earlier when the function ' +
          'reaches its time limit.',
        content: { 'text/event-stream': TEXT },
      },
      204: { description: 'There are no more events: the client has already received `end`.' },
    },
  }),
};
