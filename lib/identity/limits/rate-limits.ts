import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { createCounter } from './counter.ts';
import { type SharedCounts, shareCounts } from './shared-counts.ts';

type RateLimitOptions = {
  /** Requests per minute for one caller, by its subject. */
  readonly perCaller: number;
  /** Requests per minute from one address. */
  readonly perAddress: number;
  /** Wrong credentials per minute from one address. */
  readonly wrongCredentials: number;
  /** The counts of all instances; without them, each instance counts alone. */
  readonly shared: SharedCounts | undefined;
};

export type RateLimits = ReturnType<typeof createRateLimits>;

/** Counts in memory and shares the counts with other instances later, so that no request waits for the database. */
export function createRateLimits({ perCaller, perAddress, wrongCredentials, shared }: RateLimitOptions) {
  const sharing = { shared: shared !== undefined };
  const callers = createCounter({ name: 'caller', limit: perCaller, keyOf: digest, ...sharing });
  const addresses = createCounter({ name: 'address', limit: perAddress, keyOf: networkOf, ...sharing });
  const wrong = createCounter({ name: 'wrong', limit: wrongCredentials, keyOf: networkOf, ...sharing });
  const stop = shared === undefined ? undefined : shareCounts([callers, addresses, wrong], shared);
  return { callers, addresses, wrongCredentials: wrong, close: () => stop?.() };
}

/** Hashes the subject, which can be longer than a key of the table. */
function digest(subject: string): string {
  return createHash('sha256').update(subject).digest('base64url');
}

/** Returns the /64 network of an IPv6 address, because a client usually has the whole network. */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const bytes = ipaddr.IPv6.parse(address).toByteArray();
  return `${new ipaddr.IPv6([...bytes.slice(0, 8), ...new Array(8).fill(0)])}/64`;
}
