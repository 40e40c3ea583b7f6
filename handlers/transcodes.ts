import { httpOptions, services } from '#lib/function-process.ts';
import { type Answer, jsonAnswer } from '#lib/http/answer.ts';
import { callerOf } from '#lib/http/caller-of.ts';
import type { HttpEvent } from '#lib/http/event.ts';
import { httpFunction } from '#lib/http/stack.ts';
import { PATCH_BODY, wrapFilters } from '#lib/playback/patch-body.ts';
import { PAGE_QUERY } from '#lib/transcode/page.ts';
import { validate } from '#lib/validation.ts';

/** A caller's transcodes: what they are, how far they are, and a hand on those that play. */
export const handler = httpFunction(
  'BUFFERED',
  [
    { method: 'GET', path: '/transcodes', access: 'transcode', handler: list },
    { method: 'GET', path: '/transcodes/{id}', access: 'transcode', handler: get },
    { method: 'DELETE', path: '/transcodes/{id}', access: 'transcode', handler: cancel },
    { method: 'PATCH', path: '/transcodes/{id}/filters', access: 'transcode', handler: adjust },
  ],
  httpOptions,
);

async function list(event: HttpEvent): Promise<Answer> {
  return jsonAnswer(
    200,
    await services.transcodes.list(callerOf(event), validate(PAGE_QUERY, event.queryStringParameters ?? {})),
  );
}

async function get(event: HttpEvent): Promise<Answer> {
  return jsonAnswer(200, await services.transcodes.get(callerOf(event), idOf(event)));
}

async function cancel(event: HttpEvent): Promise<Answer> {
  await services.transcodes.cancel(callerOf(event), idOf(event));
  return { statusCode: 204, headers: {}, body: '' };
}

async function adjust(event: HttpEvent): Promise<Answer> {
  const { filters: patch } = validate(PATCH_BODY, wrapFilters(event.body));
  const { filters, appliedAtSample } = await services.transcodes.adjust(callerOf(event), idOf(event), patch);
  return jsonAnswer(200, { filters, applied_at_sample: appliedAtSample });
}

function idOf({ pathParameters }: HttpEvent): string {
  return pathParameters?.['id'] ?? '';
}
