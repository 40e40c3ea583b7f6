import { AppError, isUnavailable } from '#lib/errors.ts';
import { type Caller, isForTokens, LOCAL_CALLER } from './caller.ts';
import { credentialsOf, type RequestHeaders } from './credentials.ts';
import { type KeyCheck, keyOwner } from './keys/key-check.ts';
import type { KeyRecord } from './keys/key-store.ts';
import type { Counter } from './limits/counter.ts';
import { networkOf } from './networks.ts';
import { rateLimited, unauthenticated } from './refusals.ts';
import type { Tokens } from './tokens/tokens.ts';

export type AuthenticatorOptions = {
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly keys: Pick<KeyCheck, 'check' | 'standing'>;
  /** Counts the wrong credentials of each address. */
  readonly wrong: Counter;
  /** Returns whether callers need no credentials. */
  readonly isOpen: () => boolean | Promise<boolean>;
};

/** Both methods throw UNAUTHENTICATED, UNAVAILABLE, and RATE_LIMITED after too many wrong credentials. */
export type Authenticator = {
  /** Returns the caller of a request with these headers, from this address. */
  caller(headers: RequestHeaders, address: string): Promise<Caller>;
  /** Returns the record of this key, sent from this address. */
  key(text: string, address: string): Promise<KeyRecord>;
};

/** `Retry-After` of the response when too many lookups for an address run, ms. */
const LOOKUP_WAIT_MS = 1_000;
const TOO_MANY_WRONG = 'too many wrong credentials from this address';

/**
 * Creates the authenticator. Credentials are always checked, even while the service is open. After
 * RATE_LIMIT_BAD_CREDENTIALS wrong ones, an address is served only with credentials that need no lookup, so that
 * guesses put no load on the store.
 */
export function createAuthenticator({ tokens, keys, wrong, isOpen }: AuthenticatorOptions): Authenticator {
  const lookupsOf = new Map<string, number>();

  /** Limits an address's parallel lookups to its remaining wrong attempts, so that they cannot outrun the count. */
  async function enter(address: string): Promise<() => void> {
    const { limit, used, resetMs } = await wrong.allowance(address);
    const network = networkOf(address);
    const running = lookupsOf.get(network) ?? 0;
    if (used >= limit) throw rateLimited(resetMs, TOO_MANY_WRONG);
    if (used + running >= limit)
      throw rateLimited(LOOKUP_WAIT_MS, 'too many unknown keys from this address in parallel');
    lookupsOf.set(network, running + 1);
    return () => {
      const left = (lookupsOf.get(network) ?? 1) - 1;
      if (left === 0) lookupsOf.delete(network);
      else lookupsOf.set(network, left);
    };
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
    return counting(address, () => keys.check(text, { address, enter: () => enter(address) }));
  }

  /**
   * A token is valid as long as the key that it was issued for. While the store cannot say, it is valid until it expires:
   * then no key can be revoked either.
   */
  async function tokenCaller(token: string): Promise<Caller> {
    const { caller, keyId } = await tokens.verify(token);
    if (keyId === undefined) return caller;
    try {
      const record = await keys.standing(keyId);
      if (record === undefined) throw unauthenticated(new Error('the API key of the token has ended'));
      return { ...caller, limits: record.limits, key: { id: keyId, expiresAt: record.expiresAt } };
    } catch (error) {
      if (isUnavailable(error)) return { ...caller, key: { id: keyId, expiresAt: null } };
      throw error;
    }
  }

  return {
    async caller(headers, address) {
      const credentials = credentialsOf(headers);
      switch (credentials.kind) {
        case 'none':
          if (await isOpen()) return { ...localCaller(headers), account: networkOf(address) };
          throw unauthenticated();
        case 'token':
          return await counting(address, () => tokenCaller(credentials.token));
        case 'api_key':
          return keyOwner(await key(credentials.key, address));
        case 'unknown':
          return await counting(address, () => Promise.reject(unauthenticated()));
      }
    },
    key,
  };
}

/** A key outlasts the visit of a page, and closes the service to all other callers. So no page makes one unasked. */
function localCaller({ origin }: RequestHeaders): Caller {
  if (origin === undefined) return LOCAL_CALLER;
  return { ...LOCAL_CALLER, scopes: LOCAL_CALLER.scopes.filter(isForTokens) };
}
