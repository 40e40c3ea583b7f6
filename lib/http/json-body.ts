import { AppError } from '#lib/errors.ts';

/**
 * Most commas and opening brackets in a body, so about the most values: with more of them, parsing, validation and its
 * errors would take longer than 5 ms.
 */
const MOST_VALUES = 4_096;
/** Most fields of one object, and most entries of one list. */
const MOST_ENTRIES = 1_024;

/** Parses a JSON body. Throws INVALID_JSON, and VALIDATION_ERROR for too many values or a key that reaches prototypes. */
export function parseJsonBody(text: string): unknown {
  if (hasTooManyValues(text)) throw refused(`the body has more than ${MOST_VALUES} values`);
  const value = parsed(text);
  refuseUnsafe(value);
  return value;
}

function hasTooManyValues(text: string): boolean {
  let left = MOST_VALUES;
  for (const _ of text.matchAll(/[,[{]/g)) {
    left -= 1;
    if (left < 0) return true;
  }
  return false;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('INVALID_JSON', {}, { cause });
  }
}

/** Visits each value, in a list of its own: a body may be nested deeper than the call stack. */
function refuseUnsafe(root: unknown): void {
  const waiting = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'object' && value !== null) waiting.push(...entriesOf(value));
  }
}

function entriesOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) {
    if (value.length > MOST_ENTRIES) throw refused(`the body has a list of more than ${MOST_ENTRIES} entries`);
    return value;
  }
  const keys = Object.keys(value);
  if (keys.length > MOST_ENTRIES) throw refused(`the body has an object of more than ${MOST_ENTRIES} fields`);
  if (keys.some((key) => isForbidden(key, value))) throw refused('the body has a forbidden key, such as __proto__');
  return Object.values(value);
}

function isForbidden(key: string, owner: object): boolean {
  if (key === '__proto__') return true;
  const value: unknown = key === 'constructor' ? Reflect.get(owner, key) : undefined;
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}

function refused(message: string): AppError {
  return new AppError('VALIDATION_ERROR', { errors: [] }, { message });
}
