import type { Scope } from '#lib/identity/caller.ts';

/** An API key as it is kept. */
export type KeyRecord = {
  readonly id: string;
  /** SHA-256 of the secret. */
  readonly secretHash: Uint8Array;
  readonly name: string;
  /** Whose rows the key works on. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
};

export type KeyPage = { readonly keys: readonly KeyRecord[]; readonly nextCursor: string | null };

/** Where API keys are kept. A key that was revoked is not there any more. Everything throws UNAVAILABLE. */
export type KeyStore = {
  insert(key: Omit<KeyRecord, 'createdAt'>): Promise<KeyRecord>;
  /** Waits no longer than `timeoutMs`. */
  find(id: string, options?: { readonly timeoutMs: number }): Promise<KeyRecord | undefined>;
  /** Newest first; `cursor` is where the page before it ended. */
  list(options: { readonly limit: number; readonly cursor: string | undefined }): Promise<KeyPage>;
  /** False when there is no such key. */
  revoke(id: string): Promise<boolean>;
  /** Whether there is a key that opens anything now. */
  hasUsable(options?: { readonly timeoutMs: number }): Promise<boolean>;
  /** Calls with the id of each key that was made or revoked anywhere; with nothing when some may have been missed. */
  onChange(handler: (id: string | undefined) => void): () => void;
};
