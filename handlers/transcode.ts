import { TRANSCODE_ROUTES } from '#lib/api/transcode.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import type { Answer } from '#lib/http/answer.ts';
import { type RouteRequest, serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

services.warm('transcoder');

/** `POST /transcode`, and `GET /transcode` for players that can only open a URL: streams audio while it is encoded. */
export const handler = httpFunction(
  'RESPONSE_STREAM',
  serve(TRANSCODE_ROUTES, {
    post: (request) => transcode(request.body, request),
    get: (request) => transcode(request.query, request),
  }),
  httpOptions,
);

/** Values of the `Cache-Status` header (RFC 9211). */
const CACHE_STATUS = {
  own: 'ffmpeg-functions; fwd=bypass',
  made: 'ffmpeg-functions; fwd=miss; stored',
  joined: 'ffmpeg-functions; fwd=miss; collapsed',
  kept: 'ffmpeg-functions; hit',
} as const;

type Request = RouteRequest<typeof TRANSCODE_ROUTES.get>;

async function transcode(
  asked: Request['query'],
  { event, context, caller }: Pick<Request, 'event' | 'context' | 'caller'>,
): Promise<Answer> {
  const { id, contentType, sourceFormat, origin, body } = await services.transcoder.transcode(asked, {
    requestId: context.awsRequestId,
    caller,
    clientSignal: context.clientSignal,
    keyEnded: event.keyEnded?.signal,
    remainingMs: context.getRemainingTimeInMillis(),
    receivedAt: event.receivedAt,
  });
  const headers = {
    'Content-Type': contentType,
    'Cache-Control': 'no-store',
    'X-Transcode-Id': id,
    'X-Source-Format': sourceFormat,
    'Cache-Status': CACHE_STATUS[origin],
  };
  return { statusCode: 200, headers, body };
}
