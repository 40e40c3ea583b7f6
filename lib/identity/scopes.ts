import { SCOPES, type Scope } from './caller.ts';

const KNOWN: ReadonlySet<unknown> = new Set(SCOPES);

/** The scopes in a claim or parameter: a text of them with blanks between (RFC 6749, section 3.3), or a list. */
export function scopesOf(claim: unknown): Scope[] {
  const named = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return SCOPES.filter((scope) => named.includes(scope));
}

export function isScope(name: unknown): name is Scope {
  return KNOWN.has(name);
}
