/** Scopes of callers: one for each resource, and `admin` for API keys. */
export const SCOPES = ['transcode', 'jobs', 'streams', 'relays', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Returns the scopes in a claim or parameter: a string separated by spaces (RFC 6749, section 3.3), or a list. */
export function scopesOf(claim: unknown): Scope[] {
  const named = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return SCOPES.filter((scope) => named.includes(scope));
}

export type Caller = {
  /** The owner of rows, uploads and limits: a `sub`. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** How the caller was authenticated. `open`: without credentials, because the service is open on loopback. */
  readonly via: 'open' | 'token' | 'api_key';
};

/** The caller of an open service, with all scopes. */
export const LOCAL_CALLER: Caller = { subject: 'local', scopes: SCOPES, via: 'open' };
