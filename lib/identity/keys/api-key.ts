import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The parts of an API key, `ffk_<id>_<secret>`: a public id and 256 random bits. */
export type ApiKey = { readonly id: string; readonly secret: string };

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const ID = /^[0-9a-f]{16}$/;
const KEY = /^ffk_([0-9a-f]{16})_([\w-]{43})$/;

export function newApiKey(): ApiKey {
  return { id: randomBytes(ID_BYTES).toString('hex'), secret: randomBytes(SECRET_BYTES).toString('base64url') };
}

export function writeApiKey({ id, secret }: ApiKey): string {
  return `ffk_${id}_${secret}`;
}

/** Parses an API key. Returns undefined for any other text. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function isApiKeyId(text: string): boolean {
  return ID.test(text);
}

/** Returns the hash that is stored. A secret of 256 random bits needs no slow hash. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compared with the secret when the key does not exist, so that the response takes the same time. */
const NO_HASH = randomBytes(SECRET_BYTES);

/** Returns whether the hash is of this secret, in constant time. Without a hash it returns false, in the same time. */
export function isSecretOf(hash: Uint8Array | undefined, secret: string): boolean {
  return timingSafeEqual(hashSecret(secret), hash ?? NO_HASH) && hash !== undefined;
}
