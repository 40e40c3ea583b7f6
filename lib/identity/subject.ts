const LONGEST = 255;

/** Whether a value may name an owner: text of 1 to 255 characters that a database and a log can hold. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST && value.isWellFormed() && /^[^\p{Cc}]+$/u.test(value);
}
