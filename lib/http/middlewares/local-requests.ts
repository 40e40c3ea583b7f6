import { AppError } from '#lib/errors.ts';
import type { HttpEvent, Middleware } from '#lib/http/event.ts';
import { foreignHeader, type LocalNames } from '#lib/identity/local-request.ts';

export type OpenAccess = {
  /** Returns whether the service answers callers without credentials. */
  readonly isOpen: () => Promise<boolean>;
  readonly names: LocalNames;
};

/**
 * While the service is open, refuses requests of web pages that are not its own: without credentials to withhold, every
 * page that the user visits could call it. Throws FORBIDDEN.
 */
export function localRequests({ isOpen, names }: OpenAccess): Middleware {
  return {
    async before({ event }) {
      const header = foreignHeader({ headers: event.headers, mayBeLink: mayBeLink(event) }, names);
      if (header !== undefined && (await isOpen())) throw foreign(header);
    },
  };
}

/** While the service is open, never allows all origins. Comes before `browserAccess`, whose header it removes. */
export function noWildcard({ isOpen }: Pick<OpenAccess, 'isOpen'>): Middleware {
  const remove: NonNullable<Middleware['after']> = async ({ response }) => {
    if (response?.headers[ALLOWED] === '*' && (await isOpen())) delete response.headers[ALLOWED];
  };
  return { after: remove, onError: remove };
}

const ALLOWED = 'Access-Control-Allow-Origin';

function mayBeLink({ route, requestContext }: HttpEvent): boolean {
  return requestContext.http.method === 'GET' && (route === undefined || route.access === 'public');
}

function foreign(header: NonNullable<ReturnType<typeof foreignHeader>>): AppError {
  const remedy =
    header === 'Host'
      ? 'call it as localhost, or set PUBLIC_URL to the URL that callers use'
      : 'name the page in CORS_ORIGINS';
  const message = `this service needs no credentials, so it does not answer a request with this ${header}: ${remedy}, or make an API key`;
  return new AppError('FORBIDDEN', { header }, { message });
}
