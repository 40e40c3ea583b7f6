import type { Scope } from '#lib/identity/caller.ts';
import type { KeyLimits } from './key-limits.ts';

/** An API key as stored. */
export type KeyRecord = {
  readonly id: string;
  /** SHA-256 of the secret. */
  readonly secretHash: Uint8Array;
  readonly name: string;
  /** Owner of the rows that the key gives access to. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly limits: KeyLimits;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** Id of the key that made this one; null when it was made on the machine. It ends with that key. */
  readonly madeBy: string | null;
};

export type KeyPage = { readonly keys: readonly KeyRecord[]; readonly nextCursor: string | null };

/** API keys that are not revoked. All queries throw UNAVAILABLE. */
export type KeyStore = {
  /** Returns undefined when the key that makes it is no longer usable. */
  insert(key: Omit<KeyRecord, 'createdAt'>): Promise<KeyRecord | undefined>;
  /** Waits at most `timeoutMs`. */
  find(id: string, options?: { readonly timeoutMs: number }): Promise<KeyRecord | undefined>;
  /** Newest first. `cursor` is the last id of the previous page. */
  list(options: { readonly limit: number; readonly cursor: string | undefined }): Promise<KeyPage>;
  /** Revokes a key, and all keys that were made by it or by those. Returns false when the key does not exist. */
  revoke(id: string): Promise<boolean>;
  /** Returns those of these keys that exist and have not expired. */
  usable(ids: readonly string[]): Promise<readonly string[]>;
  /** Returns whether a key exists that has not expired. */
  hasUsable(options?: { readonly timeoutMs: number }): Promise<boolean>;
  /** Calls back with the id of each new or revoked key, and with undefined when changes may have been missed. */
  onChange(handler: (id: string | undefined) => void): () => void;
};
