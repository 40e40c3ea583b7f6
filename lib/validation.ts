import type { z } from 'zod';
import { AppError } from './errors.ts';
import { redactShort, redactValue } from './redaction.ts';
import { REDACTED, SECRET_PROPERTY } from './redaction-rules.ts';

/** One error in a request. */
type Offence = { readonly field: string; readonly message: string; readonly value?: unknown };

type Issue = z.core.$ZodIssue;

export type ValidateOptions = {
  /** Whether errors name unknown fields and show values. False where the caller is not authenticated yet. */
  readonly echo?: boolean;
};

/** Most errors in `details.errors`. */
const MOST_ERRORS = 10;
const LONGEST_NAME = 100;
const LONGEST_VALUE = 200;
/** Length up to which a value is redacted and shown; a longer one is only described. */
const LONGEST_SHOWN = 500;

/**
 * Returns the value as parsed by the schema. Throws FILTER_INVALID when only filters are wrong, else VALIDATION_ERROR.
 * `details.field` and `.value` describe the first error, `details.errors` lists the first ten, and
 * `details.more_errors` is the number of the others.
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { echo = true }: ValidateOptions = {},
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap(closestOf);
  const errors = firstOffences(issues, value, echo);
  // A failed parse has at least one issue.
  const [{ message, ...first }] = errors as [Offence];
  const code = issues.every(isOfFilters) ? 'FILTER_INVALID' : 'VALIDATION_ERROR';
  const more = issues.reduce((count, issue) => count + offencesIn(issue, echo), 0) - errors.length;
  throw new AppError(code, { ...first, errors, ...(more > 0 && { more_errors: more }) }, { message });
}

/** Returns the issues of that alternative of a union which has the right type; the issue itself if none has. */
function closestOf(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const closest = issue.errors.find((inner) => inner.every(({ path, code }) => path.length > 0 || code === UNKNOWN));
  return closest?.flatMap((inner) => closestOf({ ...inner, path: [...issue.path, ...inner.path] } as Issue)) ?? [issue];
}

const UNKNOWN = 'unrecognized_keys';

function isOfFilters({ path: [first] }: Issue): boolean {
  return first === 'filters';
}

function offencesIn(issue: Issue, echo: boolean): number {
  return issue.code === UNKNOWN && echo ? issue.keys.length : 1;
}

/** Makes only those offences that are reported: a request may have thousands. */
function firstOffences(issues: readonly Issue[], root: unknown, echo: boolean): Offence[] {
  const first: Offence[] = [];
  for (const issue of issues) {
    for (const found of offencesOf(issue, root, echo)) {
      if (first.length === MOST_ERRORS) return first;
      first.push(found);
    }
  }
  return first;
}

function* offencesOf(issue: Issue, root: unknown, echo: boolean): Generator<Offence> {
  if (issue.code !== UNKNOWN) yield offence(issue.path, { message: issue.message, root, echo });
  else if (!echo) yield offence(issue.path, { message: 'the request has an unknown field', root, echo });
  else {
    for (const key of issue.keys) {
      const known = issue.message.startsWith('Unrecognized') ? ' of this request' : `: ${issue.message}`;
      const message = `${redactShort(key, LONGEST_NAME)} is not a known field${known}`;
      yield offence([...issue.path, key], { message, root, echo });
    }
  }
}

type OffenceOptions = Required<ValidateOptions> & { readonly message: string; readonly root: unknown };

function offence(path: readonly PropertyKey[], { message, root, echo }: OffenceOptions): Offence {
  const value = path.reduce<unknown>(
    (parent, key) => (typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined),
    root,
  );
  const field = redactShort(fieldOf(path), LONGEST_NAME);
  if (!echo || value === undefined) return { field, message };
  const secret = path.some((key) => SECRET_PROPERTY.test(String(key)));
  return { field, message, value: secret ? REDACTED : presentable(value) };
}

/** Returns a path such as `steps[0].inputs[1].to`. The bands of `filters.equalizer` have a dot. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((before, key) => {
    if (typeof key === 'number' && path[0] !== 'filters') return `${before}[${key}]`;
    return before === '' ? String(key) : `${before}.${String(key)}`;
  }, '');
}

/** Returns the value shortened and without secrets. */
function presentable(value: unknown): unknown {
  if (typeof value === 'string') return redactShort(value, LONGEST_SHOWN).slice(0, LONGEST_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  if (lengthOf(value) > LONGEST_SHOWN) return described(value);
  const redacted = redactValue(value);
  const text = JSON.stringify(redacted);
  return text.length <= LONGEST_VALUE ? redacted : text.slice(0, LONGEST_VALUE);
}

/** Returns about the length of the value as JSON. Stops when it is over LONGEST_SHOWN. */
function lengthOf(root: unknown): number {
  const waiting = [root];
  let length = 0;
  while (waiting.length > 0 && length <= LONGEST_SHOWN) {
    const value = waiting.pop();
    length += typeof value === 'string' ? value.length + 2 : 4;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, entry] of Object.entries(value)) {
      length += key.length;
      waiting.push(entry);
    }
  }
  return length;
}

function described(value: object): string {
  return Array.isArray(value)
    ? `(a list of ${value.length} entries)`
    : `(an object of ${Object.keys(value).length} fields)`;
}
