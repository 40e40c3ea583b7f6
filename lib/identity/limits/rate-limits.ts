import { networkOf, siteOf } from '#lib/identity/networks.ts';
import { type Allowance, type Counter, type CounterOptions, createCounter, MINUTE_MS } from './counter.ts';
import { CPU_TIME, digest } from './cpu-time.ts';
import { type SharedCounts, shareCounts } from './shared-counts.ts';

type RateLimitOptions = {
  /** Requests per minute for one caller, by its subject. */
  readonly perCaller: number;
  /** Requests per minute from one address. */
  readonly perAddress: number;
  /** Wrong credentials per minute from one address. */
  readonly wrongCredentials: number;
  /** Records per day for one caller. */
  readonly recordsPerDay?: number;
  /** The counts of all instances; without them, each instance counts alone. */
  readonly shared: SharedCounts | undefined;
};

export type RateLimits = ReturnType<typeof createRateLimits>;

/**
 * How many times the limit of one /64 network all networks of a /48 have together: a site has a /48, so it could use
 * 65,536 limits of its own.
 */
const SITE_FACTOR = 8;

/** Tests and replays of callbacks for one caller. */
const CALLBACK_SENDS_PER_MINUTE = 30;

const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Counts in memory and shares the counts with other instances later, so that no request waits for the database. */
export function createRateLimits({
  perCaller,
  perAddress,
  wrongCredentials,
  recordsPerDay = UNLIMITED,
  shared,
}: RateLimitOptions) {
  const sharing = { shared: shared !== undefined };
  const callers = createCounter({ name: 'caller', limit: perCaller, keyOf: digest, ...sharing });
  const ofCaller = { keyOf: digest, ...sharing };
  const cpuMs = createCounter({ ...CPU_TIME, limit: UNLIMITED, ...ofCaller });
  const records = createCounter({ name: 'records', limit: recordsPerDay, windowMs: 1_440 * MINUTE_MS, ...ofCaller });
  const callbackSends = createCounter({ name: 'callbacks', limit: CALLBACK_SENDS_PER_MINUTE, ...ofCaller });
  const addresses = perNetwork({ name: 'address', limit: perAddress, ...sharing });
  const wrong = perNetwork({ name: 'wrong', limit: wrongCredentials, ...sharing });
  const stop =
    shared === undefined
      ? undefined
      : shareCounts([callers, cpuMs, records, callbackSends, ...addresses.counters, ...wrong.counters], shared);
  return {
    callers,
    cpuMs,
    records,
    /** Callbacks that a caller sends by a request: tests and replays. */
    callbackSends,
    addresses: addresses.counter,
    wrongCredentials: wrong.counter,
    close: () => stop?.(),
  };
}

/** Counts each address by its network and, for IPv6, by its site. The site also keeps its own few keys in memory. */
function perNetwork({ name, limit, shared }: Pick<CounterOptions, 'name' | 'limit' | 'shared'>) {
  const networks = createCounter({ name, limit, keyOf: networkOf, shared });
  const sites = createCounter({ name: `${name}-site`, limit: limit * SITE_FACTOR, keyOf: (site) => site, shared });
  const tighter = async (network: Promise<Allowance>, site: Promise<Allowance> | undefined): Promise<Allowance> => {
    const [ofNetwork, ofSite = ofNetwork] = await Promise.all([network, site]);
    return left(ofSite) < left(ofNetwork) ? ofSite : ofNetwork;
  };
  const counter: Counter = {
    count(address) {
      const site = siteOf(address);
      return tighter(networks.count(address), site === undefined ? undefined : sites.count(site));
    },
    allowance(address) {
      const site = siteOf(address);
      return tighter(networks.allowance(address), site === undefined ? undefined : sites.allowance(site));
    },
  };
  return { counter, counters: [networks, sites] };
}

function left({ limit, used }: Allowance): number {
  return limit - used;
}
