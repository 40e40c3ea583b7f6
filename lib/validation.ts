import type { z } from 'zod';
import { AppError, type ErrorCode } from './errors.ts';
import { redactText, redactValue } from './redaction.ts';
import { REDACTED, SECRET_PROPERTY } from './redaction-rules.ts';

/** One thing that is wrong with a request. */
export type Offence = { readonly field: string; readonly message: string; readonly value?: unknown };

const LONGEST_VALUE = 200;

/**
 * The value as the schema gives it. Throws FILTER_INVALID when only filters are wrong, else VALIDATION_ERROR:
 * `details.field` and `.value` of the first offence, and every one in `details.errors`.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => offencesOf(issue, value));
  const [first] = errors;
  const code: ErrorCode = errors.every(({ field }) => /^filters\b/.test(field)) ? 'FILTER_INVALID' : 'VALIDATION_ERROR';
  throw new AppError(code, { ...pick(first), errors }, first === undefined ? {} : { message: first.message });
}

function pick(first: Offence | undefined): Partial<Pick<Offence, 'field' | 'value'>> {
  if (first === undefined) return {};
  return { field: first.field, ...('value' in first ? { value: first.value } : {}) };
}

function offencesOf(issue: z.core.$ZodIssue, root: unknown): Offence[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => offence([...issue.path, key], `${key} is not a field of this request`, root));
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

/** Values are echoed short, and without what may be secret in them. */
function presentable(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value).slice(0, LONGEST_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const redacted = redactValue(value);
  const text = JSON.stringify(redacted);
  return text.length <= LONGEST_VALUE ? redacted : text.slice(0, LONGEST_VALUE);
}
