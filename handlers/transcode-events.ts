import { AppError } from '#lib/errors.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import type { Answer } from '#lib/http/answer.ts';
import { callerOf } from '#lib/http/caller-of.ts';
import type { HttpContext, HttpEvent } from '#lib/http/event.ts';
import { eventStream, lastEventId, type ServerEvent } from '#lib/http/sse.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /transcodes/{id}/events`: what happens to a transcode, as it happens. */
export const handler = httpFunction(
  'RESPONSE_STREAM',
  [{ method: 'GET', path: '/transcodes/{id}/events', access: 'transcode', handler: follow }],
  httpOptions,
);

async function follow(event: HttpEvent, context: HttpContext): Promise<Answer> {
  const after = lastEventId(event);
  const { id } = await services.transcodes.get(callerOf(event), event.pathParameters?.['id'] ?? '');
  const { events } = services;
  if (events === undefined) {
    throw new AppError('UNAVAILABLE', { part: 'store' }, { message: 'events need the database', recoverable: false });
  }
  // A browser's EventSource connects again behind every end; 204 is what makes it stop.
  if (after !== undefined && (await events.current(id)).some((event) => isLast(event) && isNotBehind(event, after))) {
    return { statusCode: 204, headers: {}, body: '' };
  }
  return eventStream({ follow: (signal) => events.follow(id, { after, signal }), isLast, context });
}

function isLast({ type }: ServerEvent): boolean {
  return type === 'end';
}

function isNotBehind({ seq }: ServerEvent, after: string): boolean {
  return BigInt(seq) <= BigInt(after);
}
