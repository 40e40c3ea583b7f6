import jsonBodyParser from '@middy/http-json-body-parser';
import { AppError } from '#lib/errors.ts';
import type { HttpEvent, Middleware } from '#lib/http/event.ts';

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const JSON_PARSER = jsonBodyParser({ disableContentTypeCheck: true });

/** Parses the body in the route's format. Throws PAYLOAD_TOO_LARGE over `maxBytes`, INVALID_JSON, VALIDATION_ERROR. */
export function requestBody(maxBytes: number): Middleware {
  return {
    before({ event }) {
      const { route, headers } = event;
      if (route === undefined || !WITH_BODY.has(route.method)) return;
      const { body = '', isBase64Encoded } = event as { body?: string; isBase64Encoded: boolean };
      const bytes = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
      if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
      const isJson = route.body !== 'form' || /^application\/json\b/i.test(headers['content-type'] ?? '');
      if (isJson) parseJson(event);
      else event.body = formFields(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body);
    },
  };
}

function parseJson(event: HttpEvent): void {
  try {
    JSON_PARSER.before?.({ event } as never);
  } catch (error) {
    throw hasForbiddenKey(error)
      ? new AppError('VALIDATION_ERROR', { errors: [] }, { message: 'the body has a forbidden key, such as __proto__' })
      : new AppError('INVALID_JSON', {}, { cause: error });
  }
}

function tooLarge(bytes: number, limit: number): AppError {
  const message = `the request body has ${bytes} bytes; the limit is ${limit} bytes`;
  return new AppError('PAYLOAD_TOO_LARGE', { limit_bytes: limit, size_bytes: bytes }, { message });
}

/** The parser refuses keys that reach into prototypes. It throws that error itself, without a wrapper. */
function hasForbiddenKey(error: unknown): boolean {
  return error instanceof Error && /forbidden key/i.test(error.message);
}

function formFields(text: string): Record<string, string> {
  const form = new URLSearchParams(text);
  if (new Set(form.keys()).size === form.size) return Object.fromEntries(form);
  const details = { error: 'invalid_request', errors: [] };
  throw new AppError('VALIDATION_ERROR', details, { message: 'the form has the same field twice' });
}
