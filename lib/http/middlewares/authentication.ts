import { type AppError, toAppError } from '#lib/errors.ts';
import type { HttpEvent, Middleware } from '#lib/http/event.ts';
import { scopesFor } from '#lib/http/route-entry.ts';
import type { Authenticator } from '#lib/identity/authenticator.ts';
import { credentialsOf } from '#lib/identity/credentials.ts';
import { lacksScope } from '#lib/identity/refusals.ts';

/** Sets `event.caller` on routes that require one, before the body is read. Throws UNAUTHENTICATED. */
export function authentication(authenticator: Authenticator): Middleware {
  return {
    async before({ event }) {
      const access = event.route?.access ?? 'public';
      if (access !== 'public' && !bearsToken(event))
        event.caller = await authenticator.caller(event.headers, event.address);
    },
    onError({ event, error, response }) {
      const challenge = challengeFor(event, toAppError(error));
      if (response && challenge !== undefined) response.headers['WWW-Authenticate'] = challenge;
    },
  };
}

/** Throws FORBIDDEN when the caller has none of the scopes that the route accepts. */
export function authorization(): Middleware {
  return {
    before({ event }) {
      const { route, caller } = event;
      const scopes = bearsToken(event) ? undefined : scopesFor(route?.access ?? 'public');
      if (scopes !== undefined && !scopes.some((scope) => caller?.scopes.includes(scope))) throw lacksScope(...scopes);
    },
  };
}

/** Returns whether a request of a player has a token, which its handler checks. */
function bearsToken({ route, queryStringParameters }: HttpEvent): boolean {
  return route?.token === true && queryStringParameters?.['token'] !== undefined;
}

/** Returns the `WWW-Authenticate` header: RFC 6750, section 3; for the token route, RFC 6749, section 5.2. */
function challengeFor({ headers, route }: HttpEvent, { code, details }: AppError): string | undefined {
  if (code === 'FORBIDDEN' && typeof details['scope'] === 'string') {
    return `Bearer error="insufficient_scope", scope="${details['scope']}"`;
  }
  if (code !== 'UNAUTHENTICATED') return undefined;
  if (route?.access === 'public') return 'Basic realm="ffmpeg-functions", charset="UTF-8"';
  return credentialsOf(headers).kind === 'none' ? 'Bearer' : 'Bearer error="invalid_token"';
}
