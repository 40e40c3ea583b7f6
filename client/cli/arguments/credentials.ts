import { type Credentials, fitsHeader } from '../../service/credentials.ts';
import { usageError } from '../exit-codes.ts';
import { type Options, textOf, type Values } from './command.ts';

/** Options that authenticate the caller. */
export const CREDENTIAL_OPTIONS = {
  'api-key': { type: 'string', value: 'KEY', help: 'API key; prefer FFN_API_KEY, which ps does not show' },
  token: { type: 'string', value: 'TOKEN', help: 'bearer token; prefer FFN_TOKEN, which ps does not show' },
} as const satisfies Options;

/** Returns the credentials. Throws a usage error, without the secret, for one that no header can carry. */
export function credentialsOf(values: Values): Credentials | undefined {
  const { FFN_API_KEY, FFN_TOKEN } = process.env;
  const apiKey = checked(textOf(values, 'api-key') ?? FFN_API_KEY, '--api-key (FFN_API_KEY)');
  const token = checked(textOf(values, 'token') ?? FFN_TOKEN, '--token (FFN_TOKEN)');
  if (apiKey) return { apiKey };
  return token ? { token } : undefined;
}

/** Trims the secret, since one that was read from a file ends with a line break. */
function checked(text: string | undefined, name: string): string | undefined {
  const secret = text?.trim();
  if (secret !== undefined && !fitsHeader(secret))
    throw usageError(`${name} contains a line break or another character that is not valid in a header`);
  return secret;
}
