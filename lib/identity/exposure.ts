import type { KeyStore } from './keys/key-store.ts';
import { isLoopback } from './loopback.ts';

/** Where the service stands, and what it could ask its callers for. */
export type Surroundings = {
  readonly authentication: 'auto' | 'required';
  /** Address that is bound. */
  readonly host: string;
  /** Whether this is the function platform: its URLs are reached from everywhere. */
  readonly onPlatform: boolean;
  /** Whether tokens can be checked. */
  readonly checksTokens: boolean;
  readonly keys: Pick<KeyStore, 'hasUsable'> | undefined;
};

/** Longest wait for the store at the start, ms: a database that was just made has its migrations before it. */
const ASK_MS = 10_000;

const REMEDIES =
  'set JWT_SECRET or JWKS_URL, make an API key (npm run keys -- create --scope transcode), ' +
  'or set AUTHENTICATION=required; or bind 127.0.0.1';

/** Throws an Error unless the service is for this machine only, or has something to ask others for. */
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
