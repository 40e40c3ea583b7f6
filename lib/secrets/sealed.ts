import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type AppError, notConfigured } from '#lib/errors.ts';

/** A key of 32 bytes. Its id is a part of what it seals. */
export type SecretsKey = { readonly id: string; readonly key: Buffer };

/** The place of a secret: what it is for, such as `callbacks.secret`, and the id of its row. */
export type Place = { readonly purpose: string; readonly id: string };

/** Secrets that must be read back. What is sealed for one place cannot be opened in another. */
export type Secrets = {
  /** Returns `v1.KEY_ID.…`, for storage. Throws UNAVAILABLE `{part: 'secrets'}` without a key. */
  seal(secret: string, place: Place): string;
  /** Throws UNAVAILABLE `{part: 'secrets'}` without the key, and an Error for what was not sealed with it for this place. */
  open(sealed: string, place: Place): string;
  /** Returns whether the text was sealed with the key that seals now. */
  isCurrent(sealed: string): boolean;
};

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([\w-]{1,64})\.([\w-]+)$/;

/** Seals with the first key, opens with all of them: AES-256-GCM (NIST SP 800-38D) with a random nonce. */
export function createSecrets(keys: readonly SecretsKey[]): Secrets {
  const [first] = keys;

  function sealingKey(): SecretsKey {
    if (first !== undefined) return first;
    throw withoutKey('secrets cannot be stored without a key: set SECRETS_KEYS');
  }

  return {
    seal(secret, place) {
      const { id, key } = sealingKey();
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(boundTo(id, place));
      const bytes = [nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return `${VERSION}.${id}.${Buffer.concat(bytes).toString('base64url')}`;
    },
    open(sealed, place) {
      const { keyId, bytes } = parse(sealed);
      const { key } = keys.find(({ id }) => id === keyId) ?? missing(keyId);
      const end = bytes.length - TAG_BYTES;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(boundTo(keyId, place))
        .setAuthTag(bytes.subarray(end));
      try {
        return decipher.update(bytes.subarray(NONCE_BYTES, end), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new Error(`the secret of ${place.purpose} ${place.id} was not sealed for this place`, { cause });
      }
    },
    isCurrent: (sealed) => parse(sealed).keyId === first?.id,
  };
}

function parse(sealed: string): { keyId: string; bytes: Buffer } {
  const [, keyId, text = ''] = SEALED.exec(sealed) ?? [];
  const bytes = Buffer.from(text, 'base64url');
  // Node ignores the unused bits of the last character.
  const isExact = bytes.toString('base64url') === text && bytes.length >= NONCE_BYTES + TAG_BYTES;
  if (keyId === undefined || !isExact) throw new Error('the text is not a sealed secret');
  return { keyId, bytes };
}

/** Binds a sealed secret to its key and its place. */
function boundTo(keyId: string, { purpose, id }: Place): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, purpose, id]));
}

function missing(keyId: string): never {
  throw withoutKey(`a secret was sealed with the key ${keyId}, which is not in SECRETS_KEYS`);
}

function withoutKey(message: string): AppError {
  return notConfigured('secrets', message);
}
