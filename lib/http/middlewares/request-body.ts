import { AppError } from '#lib/errors.ts';
import type { HttpEvent, Middleware } from '#lib/http/event.ts';
import { parseJsonBody } from '#lib/http/json-body.ts';
import type { LargeBodyModule } from '#lib/http/route-entry.ts';
import { accountOf as accountOfCaller } from '#lib/identity/caller.ts';
import type { RequestHeaders } from '#lib/identity/credentials.ts';

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const JSON_TYPE = /^application\/([\w.+-]+\+)?json *(;|$)/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded *(;|$)/i;
/** Most fields of a form. */
const MOST_FIELDS = 100;

/** A body of up to this size is read at once. */
const SMALL_BYTES = 65_536;

export type SentBody = { readonly body: string; readonly isBase64Encoded: boolean };

/** Reads bodies in another thread, so that they do not block this one. */
export type LargeBodies = {
  /** Returns the valid body. Throws the error of the body, and RATE_LIMITED, OVERLOADED or TIMEOUT. */
  read(module: LargeBodyModule, sent: SentBody & { readonly account: string }): Promise<unknown>;
};

export type RequestBodyOptions = { readonly maxBodyBytes: number; readonly largeBodies?: LargeBodies | undefined };

/**
 * Parses the body in the route's format. Throws PAYLOAD_TOO_LARGE, UNSUPPORTED_FORMAT, INVALID_JSON,
 * VALIDATION_ERROR. The type of a body without an `Origin` does not matter: it is from a program, not a web page.
 */
export function requestBody({ maxBodyBytes, largeBodies }: RequestBodyOptions): Middleware {
  return {
    async before({ event }) {
      const { route, headers } = event;
      if (route === undefined || !WITH_BODY.has(route.method) || route.body === 'none') return;
      const { body = '', isBase64Encoded } = event as { body?: string; isBase64Encoded: boolean };
      const bytes = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
      const large = largeBodies && route.large;
      const maxBytes = Math.max(maxBodyBytes, large?.maxBytes ?? 0);
      if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
      const type = headers['content-type'] ?? '';
      const takesForm = route.body === 'form';
      if (isOfPage(headers) && !JSON_TYPE.test(type) && !(takesForm && FORM_TYPE.test(type)))
        throw wrongType(takesForm);
      if (large !== undefined && bytes > SMALL_BYTES) {
        event.body = await largeBodies?.read(await large.module(), {
          body,
          isBase64Encoded,
          account: accountOf(event),
        });
        event.isBodyValid = true;
        return;
      }
      const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
      event.body = takesForm && !JSON_TYPE.test(type) ? formFields(text) : parseJsonBody(text);
    },
  };
}

/**
 * Whether a web page sends the request. Browsers send a page's text/plain and forms to any server without asking it
 * first, so those types are refused from pages (WHATWG Fetch, CORS-safelisted request-headers).
 */
function isOfPage({ origin, 'sec-fetch-site': site }: RequestHeaders): boolean {
  return origin !== undefined || (site !== undefined && site !== 'none');
}

function accountOf({ caller, address }: HttpEvent): string {
  return caller === undefined ? address : accountOfCaller(caller);
}

function wrongType(takesForm: boolean): AppError {
  const types = ['application/json', ...(takesForm ? ['application/x-www-form-urlencoded'] : [])];
  const message = `a web page must send this body as ${types.join(' or ')}`;
  return new AppError('UNSUPPORTED_FORMAT', { types }, { message });
}

function tooLarge(bytes: number, limit: number): AppError {
  const message = `the request body has ${bytes} bytes; the limit is ${limit} bytes`;
  return new AppError('PAYLOAD_TOO_LARGE', { limit_bytes: limit, size_bytes: bytes }, { message });
}

function formFields(text: string): Record<string, string> {
  if (text.split('&', MOST_FIELDS + 1).length > MOST_FIELDS)
    throw invalidForm(`the form has more than ${MOST_FIELDS} fields`);
  const form = new URLSearchParams(text);
  if (new Set(form.keys()).size === form.size) return Object.fromEntries(form);
  throw invalidForm('the form has the same field twice');
}

function invalidForm(message: string): AppError {
  return new AppError('VALIDATION_ERROR', { error: 'invalid_request', errors: [] }, { message });
}
