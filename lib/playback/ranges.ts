import { z } from 'zod';

/** Returns a schema for a number within an inclusive range. Its message names the field and the range. */
export function numberWithin(name: string, min: number, max: number, unit = ''): z.ZodNumber {
  const error = `${name} must be between ${label(min)} and ${label(max)}${unit}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

function label(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(1) : String(value);
}

/** Returns the message for a value that is not in the list. */
export function oneOf(name: string, values: readonly (string | number)[]): { error: string } {
  return { error: `${name} must be one of ${values.join(', ')}` };
}
