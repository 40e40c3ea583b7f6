import type { KeyLimits } from './keys/key-limits.ts';

/** Scopes of callers: one for each resource, and `admin` for API keys. */
export const SCOPES = ['transcode', 'jobs', 'streams', 'relays', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Returns the scopes in a claim or parameter: a string separated by spaces (RFC 6749, section 3.3), or a list. */
export function scopesOf(claim: unknown): Scope[] {
  const named = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return SCOPES.filter((scope) => named.includes(scope));
}

/** Returns whether tokens may have this scope. `admin` needs an API key, which can be revoked at once. */
export function isForTokens(scope: Scope): boolean {
  return scope !== 'admin';
}

/** The API key that a caller acts with, itself or through a token. */
export type CallerKey = { readonly id: string; readonly expiresAt: Date | null };

export type Caller = {
  /** The owner of rows and uploads: a `sub`. */
  readonly subject: string;
  /** The name by which budgets count the caller, where that is not its subject (`accountOf`). */
  readonly account?: string;
  readonly limits?: KeyLimits;
  readonly scopes: readonly Scope[];
  /** How the caller was authenticated. `open`: without credentials, because the service is open on loopback. */
  readonly via: 'open' | 'token' | 'api_key';
  /** Without it, what the caller may do does not end before its credentials expire. */
  readonly key?: CallerKey;
};

/** Returns the name by which budgets count a caller: its subject or, while the service is open, its network. */
export function accountOf({ account, subject }: Pick<Caller, 'account' | 'subject'>): string {
  return account ?? subject;
}

/** The caller of an open service, with all scopes. */
export const LOCAL_CALLER: Caller = { subject: 'local', scopes: SCOPES, via: 'open' };
