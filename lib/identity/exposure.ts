import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import type { KeyStore } from './keys/key-store.ts';

/** How the service is reached, and which credentials it can check. */
export type Surroundings = {
  readonly authentication: 'auto' | 'required';
  /** Address that is bound. */
  readonly host: string;
  /** Whether it runs on the function platform, whose URLs are reached from everywhere. */
  readonly onPlatform: boolean;
  /** Whether tokens can be checked. */
  readonly checksTokens: boolean;
  readonly keys: Pick<KeyStore, 'hasUsable'> | undefined;
};

/** Longest wait for the store at the start, ms: a new database is migrated first. */
const ASK_MS = 10_000;

const REMEDIES =
  'set JWT_SECRET or JWKS_URL, make an API key (npm run keys -- create --scope transcode), ' +
  'or set AUTHENTICATION=required; or bind 127.0.0.1';

/** Throws an Error when other machines could use the service without credentials. */
export async function requireCredentials(surroundings: Surroundings): Promise<void> {
  const { authentication, host, onPlatform, checksTokens, keys } = surroundings;
  if (authentication === 'required' || checksTokens) return;
  if (!onPlatform && (await isLoopback(host))) return;
  const place = onPlatform ? 'the platform' : `HOST=${host}`;
  try {
    if (await keys?.hasUsable({ timeoutMs: ASK_MS })) return;
  } catch (cause) {
    throw new Error(`${place} would open the service to others, and the database does not say: ${REMEDIES}`, { cause });
  }
  throw new Error(`${place} would open the service to others, and it has no credentials to ask them for: ${REMEDIES}`);
}

/** Whether a server that binds `host` is reached from this machine only. Throws when `host` has no address. */
export async function isLoopback(host: string): Promise<boolean> {
  const addresses = await lookup(host, { all: true });
  return addresses.every(({ address }) => ipaddr.process(address).range() === 'loopback');
}
