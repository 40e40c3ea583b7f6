import type { z } from 'zod';
import { SETTINGS } from './settings.ts';

export type Config = Readonly<z.output<typeof SETTINGS>>;

/** One variable as the documentation lists it. */
export type DocumentedSetting = { readonly name: string; readonly description: string };

/** Parses the environment once. Empty variables count as absent. Throws an Error that names every bad variable. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = SETTINGS.safeParse(present);
  if (result.success) return Object.freeze(result.data);
  const offences = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`the environment is not usable:\n  ${offences.join('\n  ')}`);
}

/** Every variable with its description, in the order of the documentation. */
export function documentedSettings(): DocumentedSetting[] {
  return Object.entries(SETTINGS.shape).map(([name, schema]) => ({ name, description: schema.description ?? '' }));
}
