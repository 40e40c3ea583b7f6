import type { MiddlewareObj } from '@middy/core';
import { AppError } from '#lib/errors.ts';
import type { HttpEvent } from '#lib/http/event.ts';
import { parseFormBody } from './form-body.ts';
import { parseJsonBody } from './json-body.ts';

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const PARSERS = { json: parseJsonBody, form: parseFormBody };

/** Parses the body as the route wants it. Throws PAYLOAD_TOO_LARGE over `maxBytes`, and what the parser throws. */
export function requestBody(maxBytes: number): MiddlewareObj<HttpEvent> {
  return {
    before({ event }) {
      const { route } = event;
      if (route === undefined || !WITH_BODY.has(route.method)) return;
      const { body = '', isBase64Encoded } = event as { body?: string; isBase64Encoded: boolean };
      const bytes = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
      if (bytes > maxBytes) throw new AppError('PAYLOAD_TOO_LARGE', { limit_bytes: maxBytes, size_bytes: bytes });
      PARSERS[route.body ?? 'json'](event);
    },
  };
}
