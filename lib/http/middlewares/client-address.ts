import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Middleware } from '#lib/http/event.ts';

type Address = ReturnType<typeof ipaddr.process>;
type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** Sets `event.address`: the connection's address, or the one that proxies in these networks (CIDR) forward. */
export function clientAddress(trustedProxies: readonly string[]): Middleware {
  const networks = trustedProxies.map(parseNetwork);
  return {
    before({ event }) {
      const { sourceIp } = event.requestContext.http;
      event.address = addressBehind(sourceIp, event.headers['x-forwarded-for'], networks);
    },
  };
}

/** Parses a network or a single address. Throws an Error for anything else. */
export function parseNetwork(text: string): Network {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.parse(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch (cause) {
    throw new Error(`TRUSTED_PROXIES: "${text}" is neither a network, such as 10.0.0.0/8, nor an address`, { cause });
  }
}

/**
 * Each proxy appends the address of its own client, so the client is the last address that is not a trusted proxy.
 * Everything before it is the client's own claim. If an entry is not an address, none of them is trusted.
 */
function addressBehind(connection: string, forwarded: string | undefined, trusted: Network[]): string {
  // The usual case needs no parsing: no proxy, and an IPv4 address, which has only one notation.
  if (forwarded === undefined && isIPv4(connection)) return connection;
  const peer = parseAddress(connection);
  if (peer === undefined) return connection;
  let client = peer;
  for (const entry of (forwarded ?? '').split(',').toReversed()) {
    if (forwarded === undefined || ipaddr.subnetMatch(client, { trusted }, 'client') === 'client') break;
    const next = parseAddress(entry);
    if (next === undefined) return peer.toString();
    client = next;
  }
  return client.toString();
}

/** Parses an address, with or without a port. Turns an IPv4-mapped IPv6 address into IPv4. */
function parseAddress(text: string): Address | undefined {
  const [, bracketed, ipv4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text.trim()) ?? [];
  const address = bracketed ?? ipv4 ?? text.trim();
  // ipaddr.js also accepts numbers and short forms, which proxies do not write.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return undefined;
  return ipaddr.process(address);
}
