import { AppError } from '#lib/errors.ts';
import type { HttpEvent } from '#lib/http/event.ts';
import { parseJsonBody } from './json-body.ts';

/** Replaces the event's body by the fields of a form, or of a JSON body. Throws VALIDATION_ERROR, INVALID_JSON. */
export function parseFormBody(event: HttpEvent): void {
  if (/^application\/json\b/i.test(event.headers['content-type'] ?? '')) parseJsonBody(event);
  else event.body = fieldsOf(textOf(event));
}

function textOf(event: HttpEvent): string {
  const { body = '', isBase64Encoded } = event as { body?: string; isBase64Encoded: boolean };
  return isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}

function fieldsOf(form: string): Record<string, string> {
  const fields = [...new URLSearchParams(form)];
  const names = fields.map(([name]) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new AppError(
      'VALIDATION_ERROR',
      { error: 'invalid_request', errors: [] },
      { message: 'a field of the form is there twice' },
    );
  }
  return Object.fromEntries(fields);
}
