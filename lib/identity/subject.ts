const LONGEST = 255;

/** Returns whether a value may name an owner: 1 to 255 characters that a database and a log can store. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST && value.isWellFormed() && /^[^\p{Cc}]+$/u.test(value);
}
