import { JOB_EVENTS_ROUTES } from '#lib/api/jobs.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { eventRoute } from '#lib/http/event-route.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /api/jobs/{id}/events`: streams the events of a job. */
export const handler = httpFunction(
  'RESPONSE_STREAM',
  serve(JOB_EVENTS_ROUTES, {
    follow: eventRoute({
      find: (caller, id) => services.jobs.find(caller, id),
      feed: () => services.jobs.events,
    }),
  }),
  httpOptions,
);
