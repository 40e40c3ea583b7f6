import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { AppError } from '#lib/errors.ts';
import { FAILURE, toFailure } from '#lib/work/record.ts';

/** The HTTP response of a route. */
export type Answer = {
  readonly statusCode: number;
  /** The stack adds more. */
  readonly headers: Record<string, string>;
  readonly body: string | Readable;
  /** Whether the body of a BUFFERED function is bytes, written in base64. */
  readonly isBase64Encoded?: true;
};

export function jsonAnswer(statusCode: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(value),
  };
}

export function textAnswer(text: string): Answer {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
  return { statusCode: 200, headers, body: text };
}

/** The URL may be a secret, so that the body does not repeat it. */
export function redirect(location: string): Answer {
  return { statusCode: 302, headers: { Location: location, 'Cache-Control': 'no-store' }, body: '' };
}

export function noContent(): Answer {
  return { statusCode: 204, headers: {}, body: '' };
}

/** The body of every error response. */
export const ERROR_BODY = FAILURE.extend({
  request_id: z.string().meta({ description: 'Id of the request in the logs, also in the header `X-Request-Id`.' }),
});

export function errorBody(error: AppError, requestId: string): z.output<typeof ERROR_BODY> {
  return { ...toFailure(error), request_id: requestId };
}
