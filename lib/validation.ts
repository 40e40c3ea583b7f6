import type { z } from 'zod';
import { AppError } from './errors.ts';
import { redactText, redactValue } from './redaction.ts';
import { REDACTED, SECRET_PROPERTY } from './redaction-rules.ts';

/** One error in a request. */
type Offence = { readonly field: string; readonly message: string; readonly value?: unknown };

const LONGEST_VALUE = 200;

/**
 * Returns the value as parsed by the schema. Throws FILTER_INVALID when only filters are wrong, else VALIDATION_ERROR.
 * `details.field` and `.value` describe the first error, `details.errors` lists all of them.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => offencesOf(issue, value));
  // A failed parse has at least one issue.
  const [{ message, ...first }] = errors as [Offence];
  const code = errors.every(({ field }) => /^filters\b/.test(field)) ? 'FILTER_INVALID' : 'VALIDATION_ERROR';
  throw new AppError(code, { ...first, errors }, { message });
}

function offencesOf(issue: z.core.$ZodIssue, root: unknown): Offence[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => offence([...issue.path, key], `${key} is not a known field of this request`, root));
  }
  return [offence(issue.path, issue.message, root)];
}

function offence(path: readonly PropertyKey[], message: string, root: unknown): Offence {
  const value = path.reduce<unknown>(
    (parent, key) => (typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined),
    root,
  );
  const field = path.map(String).join('.');
  if (value === undefined) return { field, message };
  const secret = path.some((key) => SECRET_PROPERTY.test(String(key)));
  return { field, message, value: secret ? REDACTED : presentable(value) };
}

/** Returns the value shortened and without secrets. */
function presentable(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value).slice(0, LONGEST_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const redacted = redactValue(value);
  const text = JSON.stringify(redacted);
  return text.length <= LONGEST_VALUE ? redacted : text.slice(0, LONGEST_VALUE);
}
