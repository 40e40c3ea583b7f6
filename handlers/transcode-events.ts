import { TRANSCODE_EVENTS_ROUTES } from '#lib/api/transcodes.ts';
import { AppError } from '#lib/errors.ts';
import { noContent } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { eventStream, lastEventId, type ServerEvent } from '#lib/http/sse.ts';
import { httpFunction } from '#lib/http/stack.ts';
import { httpOptions, services } from '#lib/services.ts';

/** `GET /transcodes/{id}/events`: what happens to a transcode, as it happens. */
export const handler = httpFunction(
  'RESPONSE_STREAM',
  serve(TRANSCODE_EVENTS_ROUTES, {
    async follow({ event, context, caller, params }) {
      const after = lastEventId(event);
      const { id } = await services.transcodes.get(caller, params.id);
      const { events } = services;
      if (events === undefined) throw noEvents();
      // A browser's EventSource connects again after every end, until the answer is 204.
      if (after !== undefined && (await events.current(id)).some((last) => isLast(last) && isUpTo(last, after))) {
        return noContent();
      }
      return eventStream({ follow: (signal) => events.follow(id, { after, signal }), isLast, context });
    },
  }),
  httpOptions,
);

function noEvents(): AppError {
  return new AppError('UNAVAILABLE', { part: 'store' }, { message: 'events need the database', recoverable: false });
}

function isLast({ type }: ServerEvent): boolean {
  return type === 'end';
}

function isUpTo({ seq }: ServerEvent, after: string): boolean {
  return BigInt(seq) <= BigInt(after);
}
