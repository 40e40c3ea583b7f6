import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import type { KeyStore } from './keys/key-store.ts';

/** How callers reach the service, and which credentials it can check. */
export type Surroundings = {
  readonly authentication: 'auto' | 'required';
  /** Address that the server binds. */
  readonly host: string;
  /** Whether it runs on the function platform, whose URLs are public. */
  readonly onPlatform: boolean;
  /** Whether tokens can be checked. */
  readonly checksTokens: boolean;
  readonly keys: Pick<KeyStore, 'hasUsable'> | undefined;
};

/** Longest wait for the store at startup, ms. A new database is migrated first. */
const ASK_MS = 10_000;

const REMEDIES =
  'set JWT_SECRET or JWKS_URL, create an API key (npm run keys -- create --scope transcode), ' +
  'set AUTHENTICATION=required, or bind 127.0.0.1';

/** Throws an Error if other machines could use the service without credentials. */
export async function requireCredentials(surroundings: Surroundings): Promise<void> {
  const { authentication, host, onPlatform, checksTokens, keys } = surroundings;
  if (authentication === 'required' || checksTokens) return;
  if (!onPlatform && (await isLoopback(host))) return;
  const place = onPlatform ? 'the platform' : `HOST=${host}`;
  try {
    if (await keys?.hasUsable({ timeoutMs: ASK_MS })) return;
  } catch (cause) {
    const problem = `${place} would open the service to other machines, and the keys cannot be checked (${messageOf(cause)})`;
    throw new Error(`${problem}: ${REMEDIES}`, { cause });
  }
  throw new Error(`${place} would open the service to other machines without credentials: ${REMEDIES}`);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Returns whether only this machine can reach a server that binds `host`. Throws when `host` has no address. */
export async function isLoopback(host: string): Promise<boolean> {
  const addresses = await lookup(host, { all: true }).catch((cause: Error) => {
    throw new Error(`HOST=${host} is not an address of this machine: ${cause.message}`, { cause });
  });
  return addresses.every(({ address }) => ipaddr.process(address).range() === 'loopback');
}
