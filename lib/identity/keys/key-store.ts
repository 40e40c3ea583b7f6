import type { Scope } from '#lib/identity/caller.ts';

/** An API key as the store has it. */
export type KeyRecord = {
  readonly id: string;
  /** SHA-256 of the secret. */
  readonly secretHash: Uint8Array;
  readonly name: string;
  /** The owner of the rows that the key works on. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
};

export type KeyPage = { readonly keys: readonly KeyRecord[]; readonly nextCursor: string | null };

/** API keys that have not been revoked. Everything throws UNAVAILABLE. */
export type KeyStore = {
  insert(key: Omit<KeyRecord, 'createdAt'>): Promise<KeyRecord>;
  /** Waits no longer than `timeoutMs`. */
  find(id: string, options?: { readonly timeoutMs: number }): Promise<KeyRecord | undefined>;
  /** Newest first; `cursor` is where the page before it ended. */
  list(options: { readonly limit: number; readonly cursor: string | undefined }): Promise<KeyPage>;
  /** False when there is no such key. */
  revoke(id: string): Promise<boolean>;
  /** Whether there is a key that has not expired. */
  hasUsable(options?: { readonly timeoutMs: number }): Promise<boolean>;
  /** Calls back with the id of each new or revoked key; without one when some may have been missed. */
  onChange(handler: (id: string | undefined) => void): () => void;
};
