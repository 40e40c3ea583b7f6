import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { createCounter } from './counter.ts';
import { type SharedCounts, shareCounts } from './shared-counts.ts';

type RateLimitOptions = {
  /** Requests a minute of one caller, by its subject. */
  readonly perCaller: number;
  /** Requests a minute from one address. */
  readonly perAddress: number;
  /** Wrong credentials a minute from one address. */
  readonly wrongCredentials: number;
  /** What other instances have counted; each counts for itself without. */
  readonly shared: SharedCounts | undefined;
};

export type RateLimits = ReturnType<typeof createRateLimits>;

/** Counts in memory, and shares the counts with other instances later: no request waits for the database. */
export function createRateLimits({ perCaller, perAddress, wrongCredentials, shared }: RateLimitOptions) {
  const sharing = { shared: shared !== undefined };
  const callers = createCounter({ name: 'caller', limit: perCaller, keyOf: digest, ...sharing });
  const addresses = createCounter({ name: 'address', limit: perAddress, keyOf: networkOf, ...sharing });
  const wrong = createCounter({ name: 'wrong', limit: wrongCredentials, keyOf: networkOf, ...sharing });
  const stop = shared === undefined ? undefined : shareCounts([callers, addresses, wrong], shared);
  return { callers, addresses, wrongCredentials: wrong, close: () => stop?.() };
}

/** A subject can be longer than a key of the table. */
function digest(subject: string): string {
  return createHash('sha256').update(subject).digest('base64url');
}

/** A client with one IPv6 address has a network of them: 64 bits name it. */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const bytes = ipaddr.IPv6.parse(address).toByteArray();
  return `${new ipaddr.IPv6([...bytes.slice(0, 8), ...new Array(8).fill(0)])}/64`;
}
