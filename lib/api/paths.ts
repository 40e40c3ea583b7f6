/**
 * The paths of all routes, by resource. `own` is the path of the resource itself. They are separate from the route
 * tables so that the client can use them without the service's schemas.
 */
export const PATHS = {
  transcode: { own: '/transcode' },
  transcodes: {
    own: '/transcodes',
    one: '/transcodes/{id}',
    filters: '/transcodes/{id}/filters',
    events: '/transcodes/{id}/events',
  },
  jobs: {
    own: '/api/jobs',
    preview: '/api/jobs/preview',
    one: '/api/jobs/{id}',
    events: '/api/jobs/{id}/events',
    logs: '/api/jobs/{id}/logs',
    result: '/api/jobs/{id}/result',
    file: '/api/jobs/{id}/files/{output}/{file}',
    cancel: '/api/jobs/{id}/cancel',
    retry: '/api/jobs/{id}/retry',
    callbacks: '/api/jobs/{id}/callbacks',
    replay: '/api/jobs/{id}/callbacks/{event}/replay',
  },
  probe: { own: '/api/probe' },
  health: { own: '/health', live: '/health/live', ready: '/health/ready' },
  metrics: { own: '/metrics' },
  token: { own: '/oauth/token' },
  keys: { own: '/api/keys', one: '/api/keys/{id}' },
  usage: { own: '/api/usage' },
  encoders: { own: '/api/encoders', fonts: '/api/fonts' },
  uploads: { own: '/api/uploads', complete: '/api/uploads/complete', abort: '/api/uploads/abort' },
  callbacks: { own: '/api/callbacks/secret', test: '/api/callbacks/test' },
  openapi: {
    own: '/openapi.json',
    yaml: '/openapi.yaml',
    docs: '/docs',
    asset: '/docs/assets/{release}/{file}',
    root: '/',
  },
} as const;

type Paths = typeof PATHS;
export type Resource = keyof Paths;
/** The path of any route. */
export type RoutePath = { [Name in Resource]: Paths[Name][keyof Paths[Name]] }[Resource];
