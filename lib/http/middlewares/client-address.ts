import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Middleware } from '#lib/http/event.ts';

type Address = ReturnType<typeof ipaddr.process>;
type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** Sets `event.address`: the connection's, or the one that proxies of these networks (CIDR) forward. */
export function clientAddress(trustedProxies: readonly string[]): Middleware {
  const networks = trustedProxies.map(parseNetwork);
  return {
    before({ event }) {
      const { sourceIp } = event.requestContext.http;
      event.address = addressBehind(sourceIp, event.headers['x-forwarded-for'], networks);
    },
  };
}

/** Throws an Error for what is neither a network nor an address. */
export function parseNetwork(text: string): Network {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.parse(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch (cause) {
    throw new Error(`TRUSTED_PROXIES: "${text}" is no network such as 10.0.0.0/8`, { cause });
  }
}

/**
 * Each proxy appends the address of its own client: the last address that is no trusted proxy is the client. All before
 * it is the client's own claim. When one of the entries is no address, none of them is believed.
 */
function addressBehind(connection: string, forwarded: string | undefined, trusted: Network[]): string {
  // The usual case needs no second look: an address that is written in one way only, and no proxy.
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

/** An address, with or without a port; an IPv4 address that is written as IPv6 is one of IPv4. */
function parseAddress(text: string): Address | undefined {
  const [, bracketed, ipv4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text.trim()) ?? [];
  const address = bracketed ?? ipv4 ?? text.trim();
  // ipaddr.js also takes numbers and short forms, which no proxy writes.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return undefined;
  return ipaddr.process(address);
}
