import { isIPv4 } from 'node:net';
import type { MiddlewareObj } from '@middy/core';
import ipaddr from 'ipaddr.js';
import type { HttpEvent } from '#lib/http/event.ts';

type Address = ReturnType<typeof ipaddr.process>;
type Network = readonly [Address, number];

/** Sets `event.address`: the connection's, or the one that proxies of these networks (CIDR) forward. */
export function clientAddress(trustedProxies: readonly string[]): MiddlewareObj<HttpEvent> {
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
    return text.includes('/') ? ipaddr.parseCIDR(text) : wholeAddress(ipaddr.parse(text));
  } catch (cause) {
    throw new Error(`TRUSTED_PROXIES: "${text}" is no network such as 10.0.0.0/8`, { cause });
  }
}

function wholeAddress(address: Address): Network {
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/**
 * Each proxy adds the address it was called from at the end: the last one that is no proxy of ours is the client. What
 * stands before it is whatever the client claimed. When the list is no list of addresses, nothing of it is believed.
 */
function addressBehind(connection: string, forwarded: string | undefined, trusted: readonly Network[]): string {
  // The usual case needs no second look: an address that is written in one way only, and no proxy.
  if (forwarded === undefined && isIPv4(connection)) return connection;
  const peer = parseAddress(connection);
  if (peer === undefined) return connection;
  let client = peer;
  for (const entry of (forwarded ?? '').split(',').toReversed()) {
    if (forwarded === undefined || !isWithin(client, trusted)) break;
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

function isWithin(address: Address, networks: readonly Network[]): boolean {
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}
