import type { MiddlewareObj } from '@middy/core';
import jsonBodyParser from '@middy/http-json-body-parser';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { AppError } from '#lib/errors.ts';
import type { HttpEvent } from './event.ts';

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** Parses the JSON body of requests that have one. Throws PAYLOAD_TOO_LARGE over `maxBytes`, INVALID_JSON. */
export function jsonBody(maxBytes: number): MiddlewareObj<HttpEvent> {
  const parser = jsonBodyParser({ disableContentTypeCheck: true });
  return {
    before(request) {
      const { event } = request;
      if (!WITH_BODY.has(event.requestContext.http.method)) return;
      // Whether there is such a route at all is said later.
      if (event.body === undefined && event.requestContext.http.method !== 'POST') return;
      const { body = '', isBase64Encoded } = event as unknown as LambdaFunctionURLEvent;
      const bytes = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
      if (bytes > maxBytes) throw new AppError('PAYLOAD_TOO_LARGE', { limit_bytes: maxBytes, size_bytes: bytes });
      try {
        parser.before?.(request as never);
      } catch (error) {
        throw hasForbiddenKey(error)
          ? new AppError(
              'VALIDATION_ERROR',
              { errors: [] },
              { message: 'a key of the body is not a field of any request' },
            )
          : new AppError('INVALID_JSON', {}, { cause: error });
      }
    },
  };
}

/** The parser refuses keys that would reach into prototypes; its own error for it is wrapped by no other. */
function hasForbiddenKey(error: unknown): boolean {
  return error instanceof Error && /forbidden key/i.test(error.message);
}
