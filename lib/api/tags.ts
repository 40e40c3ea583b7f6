import type { ApiTag } from '#lib/http/openapi.ts';
import type { ROUTES } from './routes.ts';

const TRANSCODE = { name: 'Transcode', description: 'Starts a transcode and streams its audio.' };
const TRANSCODES = { name: 'Transcodes', description: 'Lists, inspects, adjusts and cancels transcodes.' };
const JOBS = {
  name: 'Video jobs',
  description: 'Queues work on videos, and lists, follows, cancels and repeats it.',
};
const UPLOADS = { name: 'Uploads', description: 'Stores files in the service’s bucket, for use as sources.' };
const CALLBACKS = { name: 'Callbacks', description: 'Signed messages to a URL of the caller.' };
const IDENTITY = { name: 'Identity', description: 'Tokens, API keys, and what a caller uses.' };
const HEALTH = { name: 'Health and metrics', description: 'For monitors and dashboards.' };
const DESCRIPTION = { name: 'API description', description: 'This API, for programs and for people.' };

/** The groups of the documentation, in its order. */
export const TAGS: readonly ApiTag[] = [TRANSCODE, TRANSCODES, JOBS, UPLOADS, CALLBACKS, IDENTITY, HEALTH, DESCRIPTION];

/** The group of each table of routes. */
export const TABLE_TAGS = {
  transcode: TRANSCODE,
  transcodes: TRANSCODES,
  'transcode-events': TRANSCODES,
  jobs: JOBS,
  'job-events': JOBS,
  'job-preview': JOBS,
  probe: JOBS,
  uploads: UPLOADS,
  callbacks: CALLBACKS,
  token: IDENTITY,
  keys: IDENTITY,
  usage: IDENTITY,
  encoders: HEALTH,
  health: HEALTH,
  metrics: HEALTH,
  openapi: DESCRIPTION,
} satisfies Readonly<Record<keyof typeof ROUTES, ApiTag>>;
