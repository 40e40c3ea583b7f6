import { AppError } from '#lib/errors.ts';
import type { RequestHeaders } from '#lib/identity/credentials.ts';
import { writeApiKey } from '#lib/identity/keys/api-key.ts';

/** The fields of a body with a client's credentials: RFC 6749, section 2.3.1. */
type ClientFields = { readonly client_id?: string | undefined; readonly client_secret?: string | undefined };

/**
 * Returns the API key of a client, from Basic, the body or X-Api-Key; undefined without any. The client id is the key's
 * id, with or without `ffk_`; the client secret is the key's secret or the whole key. Throws VALIDATION_ERROR when more
 * than one is present.
 */
export function clientKeyOf({ client_id, client_secret }: ClientFields, headers: RequestHeaders): string | undefined {
  const { authorization, 'x-api-key': apiKey } = headers;
  const ways = [
    authorization === undefined ? undefined : keyOfBasic(authorization),
    client_id === undefined && client_secret === undefined ? undefined : keyOf(client_id ?? '', client_secret ?? ''),
    apiKey?.trim(),
  ].filter((key) => key !== undefined);
  if (ways.length <= 1) return ways[0];
  const message = 'send client credentials in one place only: Authorization, the body, or X-Api-Key';
  throw new AppError('VALIDATION_ERROR', { error: 'invalid_request', errors: [] }, { message });
}

/** Returns the key of a Basic header, whose two parts are form-encoded. Another scheme gives an invalid key. */
function keyOfBasic(authorization: string): string {
  const [, encoded = ''] = /^basic +([\w+/=-]+)$/i.exec(authorization.trim()) ?? [];
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return keyOf(decoded(id), decoded(secret.join(':')));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function keyOf(client: string, secret: string): string {
  const id = client.replace(/^ffk_/, '');
  const prefix = writeApiKey({ id, secret: '' });
  return writeApiKey({ id, secret: secret.startsWith(prefix) ? secret.slice(prefix.length) : secret });
}
