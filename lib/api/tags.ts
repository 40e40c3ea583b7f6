import type { ApiTag } from '#lib/http/openapi.ts';
import type { ROUTES } from './routes.ts';

const TRANSCODE = { name: 'Transcode', description: 'Starts a transcode and streams its audio.' };
const TRANSCODES = { name: 'Transcodes', description: 'Lists, inspects, adjusts and cancels transcodes.' };
const UPLOADS = { name: 'Uploads', description: 'Stores files in the service’s bucket, for use as sources.' };
const IDENTITY = { name: 'Identity', description: 'Tokens, API keys, and what a caller uses.' };
const HEALTH = { name: 'Health and metrics', description: 'For monitors and dashboards.' };
const DESCRIPTION = { name: 'API description', description: 'This API, for programs and for people.' };

/** The groups of the documentation, in its order. */
export const TAGS: readonly ApiTag[] = [TRANSCODE, TRANSCODES, UPLOADS, IDENTITY, HEALTH, DESCRIPTION];

/** The group of each table of routes. */
export const TABLE_TAGS = {
  transcode: TRANSCODE,
  transcodes: TRANSCODES,
  'transcode-events': TRANSCODES,
  uploads: UPLOADS,
  token: IDENTITY,
  keys: IDENTITY,
  usage: IDENTITY,
  health: HEALTH,
  metrics: HEALTH,
  openapi: DESCRIPTION,
} satisfies Readonly<Record<keyof typeof ROUTES, ApiTag>>;
