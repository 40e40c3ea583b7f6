import { httpOptions, services } from '#lib/function-process.ts';
import type { Answer } from '#lib/http/answer.ts';
import { callerOf } from '#lib/http/caller-of.ts';
import type { HttpContext, HttpEvent } from '#lib/http/event.ts';
import { httpFunction } from '#lib/http/stack.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { requestOfQuery } from '#lib/transcode/query.ts';
import { validate } from '#lib/validation.ts';

/** `POST /transcode`, and `GET /transcode` for players that can only open a URL: audio, as it is encoded. */
export const handler = httpFunction(
  'RESPONSE_STREAM',
  [
    {
      method: 'POST',
      path: '/transcode',
      access: 'transcode',
      handler: (event, context) => transcode(event.body, event, context),
    },
    {
      method: 'GET',
      path: '/transcode',
      access: 'transcode',
      handler: (event, context) => transcode(requestOfQuery(event.queryStringParameters ?? {}), event, context),
    },
  ],
  httpOptions,
);

/** As RFC 9211 has it. */
const CACHE_STATUS = {
  own: 'ffmpeg-functions; fwd=bypass',
  made: 'ffmpeg-functions; fwd=miss; stored',
  joined: 'ffmpeg-functions; fwd=miss; collapsed',
  kept: 'ffmpeg-functions; hit',
} as const;

async function transcode(asked: unknown, event: HttpEvent, context: HttpContext): Promise<Answer> {
  const { id, contentType, sourceFormat, origin, body } = await services.transcoder.transcode(
    validate(TRANSCODE_REQUEST, asked),
    {
      requestId: context.awsRequestId,
      caller: callerOf(event),
      clientSignal: context.clientSignal,
      remainingMs: context.getRemainingTimeInMillis(),
      receivedAt: event.receivedAt,
    },
  );
  const headers = {
    'Content-Type': contentType,
    'Cache-Control': 'no-store',
    'X-Transcode-Id': id,
    'X-Source-Format': sourceFormat,
    'Cache-Status': CACHE_STATUS[origin],
  };
  return { statusCode: 200, headers, body };
}
