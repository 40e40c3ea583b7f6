const LONGEST = 255;

/** Whether a text can own things: not empty, not endless, and nothing in it that a database or a log cannot hold. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST && value.isWellFormed() && /^[^\p{Cc}]+$/u.test(value);
}
