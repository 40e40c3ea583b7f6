/** What a caller may do: one scope for each resource, and `admin` for keys. */
export const SCOPES = ['transcode', 'jobs', 'streams', 'relays', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Returns the scopes in a claim or parameter: a text of them with blanks between (RFC 6749, section 3.3), or a list. */
export function scopesOf(claim: unknown): Scope[] {
  const named = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return SCOPES.filter((scope) => named.includes(scope));
}

export type Caller = {
  /** The owner of rows, uploads and limits: a `sub`. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** How it proved itself; `open`: not at all, the service is open on loopback. */
  readonly via: 'open' | 'token' | 'api_key';
};

/** The caller of an open service: it may do everything, and owns everything. */
export const LOCAL_CALLER: Caller = { subject: 'local', scopes: SCOPES, via: 'open' };
