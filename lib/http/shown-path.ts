import { redactShort } from '#lib/redaction.ts';
import type { HttpEvent } from './event.ts';

/** Longer than any path of the API. */
const LONGEST_PATH = 512;

/** Returns the path of a request for logs and responses: without secrets, and only described when it is long. */
export function shownPath({ requestContext }: Pick<HttpEvent, 'requestContext'>): string {
  return redactShort(requestContext.http.path, LONGEST_PATH);
}
