import { AppError } from '#lib/errors.ts';

/** What proves who calls: an API key, or a token, which may have to be fetched anew. */
export type Credentials = { readonly apiKey: string } | { readonly token: string | (() => string | Promise<string>) };

/** Returns the headers that carry the credentials. Throws UNAUTHENTICATED for a key or token that no header can carry. */
export async function credentialHeaders(credentials: Credentials | undefined): Promise<Record<string, string>> {
  if (credentials === undefined) return {};
  if ('apiKey' in credentials) return { 'x-api-key': checked(credentials.apiKey) };
  const { token } = credentials;
  return { authorization: `Bearer ${checked(typeof token === 'string' ? token : await token())}` };
}

/** Whether a key or token can be sent: visible ASCII characters and blanks. */
export function fitsHeader(secret: string): boolean {
  return /^[\x20-\x7e]*$/.test(secret);
}

/** Trims as `fetch` does, and checks first: the error of `fetch` would repeat the secret. */
function checked(secret: string): string {
  const sent = secret.trim();
  if (fitsHeader(sent)) return sent;
  const message = 'the key or token has a line break, or another character that no header can have';
  throw new AppError('UNAUTHENTICATED', { part: 'client' }, { message });
}
