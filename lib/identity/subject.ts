const LONGEST = 255;

/** Returns whether a value may name an owner: 1 to 255 characters that a database and a log can store. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST && value.isWellFormed() && /^[^\p{Cc}]+$/u.test(value);
}

/**
 * Returns the subject of a caller that another issuer names. It bears the issuer, so that it is none of the service's own
 * subjects, and no other issuer's.
 */
export function externalSubject(issuer: string, sub: string): string {
  return `${sub}@${issuer}`;
}
