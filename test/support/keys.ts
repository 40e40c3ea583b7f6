import type { Scope } from '#lib/identity/caller.ts';
import { createKeyAdministration, type KeyAdministration, type NewKey } from '#lib/identity/keys/key-administration.ts';
import type { Store } from '#lib/services/store.ts';
import { createApiKeys } from '#lib/store/api-keys.ts';

export function keysOf(store: Store): KeyAdministration {
  return createKeyAdministration(createApiKeys(store));
}

/** Creates a key with these scopes and returns it as a caller sends it. */
export async function newKey(store: Store, scopes: readonly Scope[], wanted: Partial<NewKey> = {}): Promise<string> {
  return (await keysOf(store).create({ name: 'test', scopes, ...wanted })).key;
}
