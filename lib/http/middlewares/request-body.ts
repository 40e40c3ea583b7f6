import jsonBodyParser from '@middy/http-json-body-parser';
import { AppError } from '#lib/errors.ts';
import type { HttpEvent, Middleware } from '#lib/http/event.ts';

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const JSON_PARSER = jsonBodyParser({ disableContentTypeCheck: true });

/** Parses the body as the route wants it. Throws PAYLOAD_TOO_LARGE over `maxBytes`, INVALID_JSON and VALIDATION_ERROR. */
export function requestBody(maxBytes: number): Middleware {
  return {
    before({ event }) {
      const { route, headers } = event;
      if (route === undefined || !WITH_BODY.has(route.method)) return;
      const { body = '', isBase64Encoded } = event as { body?: string; isBase64Encoded: boolean };
      const bytes = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
      if (bytes > maxBytes) throw new AppError('PAYLOAD_TOO_LARGE', { limit_bytes: maxBytes, size_bytes: bytes });
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
      ? new AppError('VALIDATION_ERROR', { errors: [] }, { message: 'a key of the body is not a field of any request' })
      : new AppError('INVALID_JSON', {}, { cause: error });
  }
}

/** The parser refuses keys that would reach into prototypes; its own error for it is wrapped by no other. */
function hasForbiddenKey(error: unknown): boolean {
  return error instanceof Error && /forbidden key/i.test(error.message);
}

function formFields(text: string): Record<string, string> {
  const form = new URLSearchParams(text);
  if (new Set(form.keys()).size === form.size) return Object.fromEntries(form);
  const details = { error: 'invalid_request', errors: [] };
  throw new AppError('VALIDATION_ERROR', details, { message: 'a field of the form is there twice' });
}
