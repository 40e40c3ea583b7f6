/** What a caller may do; each resource has its own, `admin` manages keys. */
export const SCOPES = ['transcode', 'jobs', 'streams', 'relays', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks. */
export type Caller = {
  /** The `sub` that rows, uploads and limits belong to. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** How it is known; `open`: it is not, the service is open to whoever reaches it on loopback. */
  readonly via: 'open' | 'token' | 'api_key';
};

/** The one who asks an open service: it may do everything, and everything is its own. */
export const LOCAL_CALLER: Caller = { subject: 'local', scopes: SCOPES, via: 'open' };
