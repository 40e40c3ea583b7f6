import { AppError } from '#lib/errors.ts';
import { type Caller, LOCAL_CALLER } from './caller.ts';
import { credentialsOf, type Headers } from './credentials.ts';
import { type Asker, type KeyCheck, keyOwner } from './keys/key-check.ts';
import type { KeyRecord } from './keys/key-store.ts';
import type { Counter } from './limits/counter.ts';
import { rateLimited, unauthenticated } from './refusals.ts';
import type { Tokens } from './tokens/tokens.ts';

export type AuthenticatorOptions = {
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly keys: Pick<KeyCheck, 'check'>;
  /** Wrong credentials of each address. */
  readonly wrong: Counter;
  /** Whether the service is open to whoever reaches it. */
  readonly isOpen: () => boolean | Promise<boolean>;
};

/** Finds out who asks. Everything throws UNAUTHENTICATED, RATE_LIMITED after too many wrong ones, and UNAVAILABLE. */
export type Authenticator = {
  /** By the headers of a request from this address. */
  caller(headers: Headers, address: string): Promise<Caller>;
  /** The key itself, where it is what is presented. */
  key(text: string, address: string): Promise<KeyRecord>;
};

/** A lookup that waits for a place has to wait so long. */
const LOOKUP_WAIT_MS = 1_000;
const TOO_MANY_WRONG = 'too many wrong credentials from this address';

/**
 * What is presented is always checked, also while the service is open. Behind RATE_LIMIT_BAD_CREDENTIALS only credentials
 * that prove themselves without the store are served: a guess costs the store nothing, and the rest of that address nothing.
 */
export function createAuthenticator({ tokens, keys, wrong, isOpen }: AuthenticatorOptions): Authenticator {
  const lookupsOf = new Map<string, number>();

  /** No more guesses are looked up at once than an address may make: so many that run cannot outrun the count. */
  async function enter(address: string): Promise<() => void> {
    const { limit, used, resetMs } = await wrong.allowance(address);
    const running = lookupsOf.get(address) ?? 0;
    if (used >= limit) throw rateLimited(resetMs, TOO_MANY_WRONG);
    if (used + running >= limit) throw rateLimited(LOOKUP_WAIT_MS, 'too many unknown keys from this address at once');
    lookupsOf.set(address, running + 1);
    return () => leave(address);
  }

  function leave(address: string): void {
    const left = (lookupsOf.get(address) ?? 1) - 1;
    if (left === 0) lookupsOf.delete(address);
    else lookupsOf.set(address, left);
  }

  async function counting<Proven>(address: string, check: () => Promise<Proven>): Promise<Proven> {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'UNAUTHENTICATED')) throw error;
      const { limit, used, resetMs } = await wrong.count(address);
      throw used > limit ? rateLimited(resetMs, TOO_MANY_WRONG) : error;
    }
  }

  function key(text: string, address: string): Promise<KeyRecord> {
    const asker: Asker = { address, enter: () => enter(address) };
    return counting(address, () => keys.check(text, asker));
  }

  return {
    async caller(headers, address) {
      const credentials = credentialsOf(headers);
      switch (credentials.kind) {
        case 'none':
          if (await isOpen()) return localCaller(headers);
          throw unauthenticated();
        case 'token':
          return await counting(address, () => tokens.verify(credentials.token));
        case 'api_key':
          return keyOwner(await key(credentials.key, address));
        case 'unknown':
          return await counting(address, () => Promise.reject(unauthenticated()));
      }
    },
    key,
  };
}

/**
 * Any page that a browser on this machine shows can call an open service, and browsers say so when it does: such a page
 * may not give itself a key, which would outlast its visit.
 */
function localCaller({ origin }: Headers): Caller {
  if (origin === undefined) return LOCAL_CALLER;
  return { ...LOCAL_CALLER, scopes: LOCAL_CALLER.scopes.filter((scope) => scope !== 'admin') };
}
