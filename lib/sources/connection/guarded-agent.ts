import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, Pool } from 'undici';
import { AppError } from '#lib/errors.ts';
import type { AddressPolicy } from './address-policy.ts';

type ResolvedAddress = { readonly address: string; readonly family: number };

/** Resolves a host name to all its addresses. Rejects as `dns.lookup` does. */
export type Lookup = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export type GuardedAgentOptions = {
  readonly policy: AddressPolicy;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly lookup?: Lookup | undefined;
};

/**
 * Creates an HTTP/1.1 agent that connects only to addresses the policy allows. Other requests fail with
 * SOURCE_FORBIDDEN. A name is resolved once, and the connection uses the addresses that were checked, which prevents
 * DNS rebinding.
 */
export function createGuardedAgent(options: GuardedAgentOptions): Agent {
  return new Agent({
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: 0,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    allowH2: false,
    // One connector per origin, because a lookup does not know the port.
    factory: (origin, poolOptions) =>
      new Pool(origin, { ...poolOptions, connect: guardedConnector(portOf(new URL(origin)), options) }),
  });
}

/** Overrides longer keep-alive offers of servers, because file descriptors are limited. */
const KEEP_ALIVE_MAX_MS = 10_000;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

function portOf(origin: URL): number {
  return Number(origin.port) || (DEFAULT_PORTS[origin.protocol] ?? 0);
}

function guardedConnector(port: number, options: GuardedAgentOptions): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    timeout: options.connectTimeoutMs,
    autoSelectFamily: true,
    lookup: guardedLookup(port, options),
  });
  return (target, callback) => {
    // Node does not look up literal addresses, so the check in the lookup does not cover them.
    if (isIP(target.hostname) !== 0 && !options.policy.allows(target.hostname, port)) callback(forbidden(), null);
    else connect(target, callback);
  };
}

function guardedLookup(port: number, { policy, lookup = lookupAll }: GuardedAgentOptions): LookupFunction {
  return (hostname, { all }, callback) => {
    const answer = (addresses: readonly ResolvedAddress[]): void => {
      const [first] = addresses;
      if (!first) callback(nameless(hostname), []);
      else if (!addresses.every(({ address }) => policy.allows(address, port))) callback(forbidden(), []);
      else if (all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    lookup(hostname).then(answer, (error) => callback(error, []));
  };
}

const lookupAll: Lookup = (hostname) => systemLookup(hostname, { all: true });

function forbidden(): AppError {
  const message = 'the address of the source is not public: only networks in SOURCE_ALLOWED_NETWORKS may be private';
  return new AppError('SOURCE_FORBIDDEN', {}, { message });
}

function nameless(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' });
}
