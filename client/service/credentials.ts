import { AppError } from '#lib/errors.ts';

/** The credentials of the caller: an API key, or a token, which a function may fetch for each request. */
export type Credentials = { readonly apiKey: string } | { readonly token: string | (() => string | Promise<string>) };

/** Returns the headers with the credentials. Throws UNAUTHENTICATED for a key or token that no header can carry. */
export async function credentialHeaders(credentials: Credentials | undefined): Promise<Record<string, string>> {
  if (credentials === undefined) return {};
  if ('apiKey' in credentials) return { 'x-api-key': checked(credentials.apiKey) };
  const { token } = credentials;
  return { authorization: `Bearer ${checked(typeof token === 'string' ? token : await fetched(token))}` };
}

/** Calls the caller's function. It may succeed later, unlike a token that is not valid. */
async function fetched(token: () => string | Promise<string>): Promise<string> {
  try {
    return await token();
  } catch (cause) {
    const options = { message: 'the function that returns the token failed', recoverable: true, cause };
    throw new AppError('UNAUTHENTICATED', { part: 'client' }, options);
  }
}

/** Whether a header can carry a key or token: printable ASCII characters only. */
export function fitsHeader(secret: string): boolean {
  return /^[\x20-\x7e]*$/.test(secret);
}

/** Trims as `fetch` does. Checks the value first, since the error of `fetch` would contain the secret. */
function checked(secret: string): string {
  const sent = secret.trim();
  if (fitsHeader(sent)) return sent;
  const message = 'the key or token contains a line break or another character that is not valid in a header';
  throw new AppError('UNAUTHENTICATED', { part: 'client' }, { message });
}
