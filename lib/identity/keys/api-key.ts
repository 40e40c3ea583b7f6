import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** An API key, `ffk_<id>_<secret>`, taken apart. */
export type ApiKey = {
  /** Names it, in lists and logs. */
  readonly id: string;
  /** Proves it: 256 random bits. */
  readonly secret: string;
};

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const ID = /^[0-9a-f]{16}$/;
const KEY = /^ffk_([0-9a-f]{16})_([\w-]{43})$/;

export function newApiKey(): ApiKey {
  return { id: randomBytes(ID_BYTES).toString('hex'), secret: randomBytes(SECRET_BYTES).toString('base64url') };
}

/** The key as it is shown, once. */
export function writeApiKey({ id, secret }: ApiKey): string {
  return `ffk_${id}_${secret}`;
}

/** Undefined when the text is no key. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function isApiKeyId(text: string): boolean {
  return ID.test(text);
}

/** What is stored of a secret. A secret of 256 random bits needs no slow hash. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** What a secret is compared with when there is no such key, so that it takes as long: the hash of nothing known. */
const NO_HASH = randomBytes(SECRET_BYTES);

/** Whether the secret is the one that was hashed, in constant time; `undefined` equals none, in the same time. */
export function isSecretOf(hash: Uint8Array | undefined, secret: string): boolean {
  const same = timingSafeEqual(hashSecret(secret), hash ?? NO_HASH);
  return same && hash !== undefined;
}
