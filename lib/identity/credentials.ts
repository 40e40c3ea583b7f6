/** The credentials of a request. */
export type PresentedCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'api_key'; readonly key: string }
  /** Another scheme, or both kinds at once: never valid. */
  | { readonly kind: 'unknown' };

/** The headers of a request, with names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

const BEARER = /^bearer +([\w.~+/=-]+)$/i;

/** Returns the credentials: `Authorization: Bearer` (RFC 6750, section 2.1) or `X-Api-Key`, not both. */
export function credentialsOf(headers: RequestHeaders): PresentedCredentials {
  const { authorization, 'x-api-key': key } = headers;
  if (authorization === undefined) return key === undefined ? { kind: 'none' } : { kind: 'api_key', key: key.trim() };
  const [, token] = BEARER.exec(authorization.trim()) ?? [];
  return token === undefined || key !== undefined ? { kind: 'unknown' } : { kind: 'token', token };
}
