import type { Config } from '#lib/config.ts';
import { type Authenticator, createAuthenticator } from '#lib/identity/authenticator.ts';
import { requireCredentials, type Surroundings } from '#lib/identity/exposure.ts';
import { createKeyAdministration, type KeyAdministration } from '#lib/identity/keys/key-administration.ts';
import { createKeyCheck } from '#lib/identity/keys/key-check.ts';
import type { KeyStore } from '#lib/identity/keys/key-store.ts';
import { createKeyWatch, type KeyWatch } from '#lib/identity/keys/key-watch.ts';
import { createRateLimits, type RateLimits } from '#lib/identity/limits/rate-limits.ts';
import { createOpenMode } from '#lib/identity/open-mode.ts';
import { createRemoteKeys } from '#lib/identity/tokens/remote-keys.ts';
import { createTokenGrant, type TokenGrant } from '#lib/identity/tokens/token-grant.ts';
import { createTokens } from '#lib/identity/tokens/tokens.ts';
import { createApiKeys } from '#lib/store/api-keys.ts';
import { createSharedCounts } from '#lib/store/rate-limits.ts';
import { openStore, type Store } from './store.ts';

export type Identity = {
  readonly authenticator: Authenticator;
  readonly rateLimits: RateLimits;
  readonly keys: KeyAdministration;
  readonly tokenGrant: TokenGrant;
  readonly keyWatch: KeyWatch;
  /** Returns whether callers need no credentials. */
  isOpen(): Promise<boolean>;
  close(): void;
};

/** Opens authentication, API keys, tokens and rate limits. */
export function openIdentity(config: Config, store: Store | undefined): Identity {
  const keyStore = store === undefined ? undefined : createApiKeys(store);
  const openMode = createOpenMode({ ...surroundings(config), keys: keyStore });
  const keyCheck = createKeyCheck(keyStore);
  const keyWatch = createKeyWatch({ store: keyStore });
  const rateLimits = createRateLimits({
    perCaller: config.RATE_LIMIT_PER_CALLER,
    perAddress: config.RATE_LIMIT_PER_ADDRESS,
    wrongCredentials: config.RATE_LIMIT_BAD_CREDENTIALS,
    recordsPerDay: config.MAX_RECORDS_PER_DAY,
    shared: store === undefined ? undefined : createSharedCounts(store.database),
  });
  const tokens = createTokens({
    secret: config.JWT_SECRET,
    remoteKeys: config.JWKS_URL === undefined ? undefined : createRemoteKeys(config.JWKS_URL),
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
  });
  const authenticator = createAuthenticator({
    tokens,
    keys: keyCheck,
    wrong: rateLimits.wrongCredentials,
    isOpen: openMode.isOpen,
  });
  return {
    authenticator,
    rateLimits,
    keyWatch,
    isOpen: openMode.isOpen,
    keys: createKeyAdministration(keyStore),
    tokenGrant: createTokenGrant({ authenticator, issue: tokens.issue, ttlSeconds: config.TOKEN_TTL_SECONDS }),
    close() {
      openMode.close();
      keyCheck.close();
      keyWatch.close();
      rateLimits.close();
    },
  };
}

/** Throws an Error if this process would serve other machines without credentials. Call it at startup. */
export async function refuseExposure(config: Config): Promise<void> {
  const store = openStore(config);
  const keys: KeyStore | undefined = store === undefined ? undefined : createApiKeys(store);
  try {
    await requireCredentials({ ...surroundings(config), keys });
  } finally {
    await store?.close();
  }
}

function surroundings(config: Config): Omit<Surroundings, 'keys'> {
  return {
    authentication: config.AUTHENTICATION,
    host: config.HOST,
    onPlatform: config.AWS_LAMBDA_RUNTIME_API !== undefined,
    checksTokens: config.JWT_SECRET !== undefined || config.JWKS_URL !== undefined,
  };
}
