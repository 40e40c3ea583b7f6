import { TRANSCODE_EVENTS_ROUTES } from '#lib/api/transcodes.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { eventRoute } from '#lib/http/event-route.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

services.warm('transcodes');

/** `GET /transcodes/{id}/events`: streams the events of a transcode. */
export const handler = httpFunction(
  'RESPONSE_STREAM',
  serve(TRANSCODE_EVENTS_ROUTES, {
    follow: eventRoute({
      find: (caller, id) => services.transcodes.get(caller, id),
      feed: () => services.events,
    }),
  }),
  httpOptions,
);
