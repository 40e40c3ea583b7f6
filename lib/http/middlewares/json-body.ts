import jsonBodyParser from '@middy/http-json-body-parser';
import { AppError } from '#lib/errors.ts';
import type { HttpEvent } from '#lib/http/event.ts';

const PARSER = jsonBodyParser({ disableContentTypeCheck: true });

/** Replaces the event's body by what it says in JSON. Throws INVALID_JSON. */
export function parseJsonBody(event: HttpEvent): void {
  try {
    PARSER.before?.({ event } as never);
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
