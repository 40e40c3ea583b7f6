import { z } from 'zod';

/** A number within a range, both ends included; its message names the field and the range. */
export function numberWithin(name: string, min: number, max: number, unit = ''): z.ZodNumber {
  const error = `${name} must be between ${label(min)} and ${label(max)}${unit}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

function label(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(1) : String(value);
}

/** The message for a value that is none of these. */
export function oneOf(name: string, values: readonly (string | number)[]): { error: string } {
  return { error: `${name} must be one of ${values.join(', ')}` };
}
