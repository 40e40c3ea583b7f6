import type { RouteTable } from '#lib/http/route-entry.ts';
import { CALLBACKS_ROUTES } from './callbacks.ts';
import { DESCRIPTION_ROUTES } from './description.ts';
import { ENCODERS_ROUTES } from './encoders.ts';
import { HEALTH_ROUTES } from './health.ts';
import { JOB_PREVIEW_ROUTES } from './job-preview.ts';
import { JOB_EVENTS_ROUTES, JOBS_ROUTES } from './jobs.ts';
import { KEYS_ROUTES } from './keys.ts';
import { METRICS_ROUTES } from './metrics.ts';
import { PROBE_ROUTES } from './probe.ts';
import { TOKEN_ROUTES } from './token.ts';
import { TRANSCODE_ROUTES } from './transcode.ts';
import { TRANSCODE_EVENTS_ROUTES, TRANSCODES_ROUTES } from './transcodes.ts';
import { UPLOADS_ROUTES } from './uploads.ts';
import { USAGE_ROUTES } from './usage.ts';

/** All routes, by the function that serves them, in the order of the documentation. */
export const ROUTES = {
  transcode: TRANSCODE_ROUTES,
  transcodes: TRANSCODES_ROUTES,
  'transcode-events': TRANSCODE_EVENTS_ROUTES,
  jobs: JOBS_ROUTES,
  'job-events': JOB_EVENTS_ROUTES,
  'job-preview': JOB_PREVIEW_ROUTES,
  probe: PROBE_ROUTES,
  health: HEALTH_ROUTES,
  metrics: METRICS_ROUTES,
  token: TOKEN_ROUTES,
  keys: KEYS_ROUTES,
  usage: USAGE_ROUTES,
  encoders: ENCODERS_ROUTES,
  uploads: UPLOADS_ROUTES,
  callbacks: CALLBACKS_ROUTES,
  openapi: DESCRIPTION_ROUTES,
} as const satisfies Readonly<Record<string, RouteTable>>;
