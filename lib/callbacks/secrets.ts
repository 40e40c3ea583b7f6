import { v7 as uuid } from 'uuid';
import { isUnavailable } from '#lib/errors.ts';
import type { Secrets } from '#lib/secrets/sealed.ts';
import { newSecret } from './signature.ts';

/** A row with a secret. The id is a part of what is sealed. */
export type SealedSecret = { readonly id: string; readonly sealed: string };

export type StoredSecret = SealedSecret & {
  readonly createdAt: Date;
  /** Null for the current one. */
  readonly expiresAt: Date | null;
};

/** The sealed secrets of owners. Methods throw UNAVAILABLE while they cannot be read. */
export type SecretStore = {
  /** Returns the secrets that are valid now, the current one first. */
  valid(owner: string): Promise<readonly StoredSecret[]>;
  /** Adds the first secret of an owner; keeps the one that another process has added. */
  add(owner: string, secret: SealedSecret): Promise<void>;
  /** Adds a new current secret. The one before expires after `graceSeconds`; of all, the newest `most` remain. */
  replace(
    owner: string,
    secret: SealedSecret,
    options: { readonly graceSeconds: number; readonly most: number },
  ): Promise<void>;
};

export type OwnerSecret = {
  /** `whsec_…`. */
  readonly secret: string;
  readonly createdAt: Date;
  /** When the last of the earlier secrets expires; null when none is valid. */
  readonly previousValidUntil: Date | null;
};

/** The signing secrets of owners. Methods throw UNAVAILABLE `{part: 'secrets'}` without a key. */
export type CallbackSecrets = {
  /** Returns the owner's secret; the first call makes it. */
  current(owner: string): Promise<OwnerSecret>;
  /** Makes a new secret. Callbacks are signed with both until the old one expires. */
  rotate(owner: string): Promise<OwnerSecret>;
  /** Returns the secrets that sign, the current one first. */
  signing(owner: string): Promise<readonly string[]>;
};

/** Where a sealed secret is, as `lib/store/sealed-columns.ts` names it. */
const PURPOSE = 'callback_secrets.sealed';
const GRACE_SECONDS = 86_400;
/** Valid secrets of one owner, and so signatures of a callback. A further rotation ends the oldest at once. */
const MOST_VALID = 5;

export function createCallbackSecrets({
  store,
  secrets,
}: {
  readonly store: SecretStore;
  readonly secrets: Secrets;
}): CallbackSecrets {
  function make(): SealedSecret {
    const id = uuid();
    return { id, sealed: secrets.seal(newSecret(), { purpose: PURPOSE, id }) };
  }

  const open = ({ id, sealed }: SealedSecret) => secrets.open(sealed, { purpose: PURPOSE, id });

  async function provided(owner: string): Promise<[StoredSecret, ...StoredSecret[]]> {
    const [current, ...earlier] = await store.valid(owner);
    if (current !== undefined) return [current, ...earlier];
    await store.add(owner, make());
    return await provided(owner);
  }

  /** The key of an earlier secret may be lost. Receivers that know the current one do not need it. */
  function openEarlier(secret: SealedSecret): string[] {
    try {
      return [open(secret)];
    } catch (error) {
      if (isUnavailable(error)) return [];
      throw error;
    }
  }

  async function current(owner: string): Promise<OwnerSecret> {
    const [newest, previous] = await provided(owner);
    return { secret: open(newest), createdAt: newest.createdAt, previousValidUntil: previous?.expiresAt ?? null };
  }

  return {
    current,
    async rotate(owner) {
      await store.replace(owner, make(), { graceSeconds: GRACE_SECONDS, most: MOST_VALID });
      return await current(owner);
    },
    async signing(owner) {
      const [newest, ...earlier] = await provided(owner);
      return [open(newest), ...earlier.flatMap(openEarlier)];
    },
  };
}
