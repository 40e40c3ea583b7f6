import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** One entry of SOURCE_ALLOWED_NETWORKS: a network that sources may be in although it is not public. */
export type AllowedNetwork = {
  readonly base: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefixLength: number;
  /** The only allowed TCP port; undefined allows every port. */
  readonly port: number | undefined;
};

const BRACKETED = /^\[(?<cidr>[^\]]+)\](?::(?<port>\d{1,5}))?$/;
const PLAIN = /^(?<cidr>[^:]+)(?::(?<port>\d{1,5}))?$/;

/**
 * Parses `10.0.0.0/8`, `127.0.0.1/32:9000`, `127.0.0.1`, `fd00::/8` or `[fd00::/8]:8080`. A bare address is a network
 * of one address. Throws a TypeError that names the entry.
 */
export function parseAllowedNetwork(entry: string): AllowedNetwork {
  const { cidr, port } = splitPort(entry);
  const [address = '', prefix] = cidr.split('/', 2);
  const version = isIP(address);
  if (version === 0 || cidr.split('/').length > 2) throw malformed(entry, 'is not an address or CIDR');
  const base = ipaddr.parse(address);
  if (base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress()) throw malformed(entry, 'must be written as IPv4');
  const bits = version === 4 ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) {
    throw malformed(entry, `has a prefix length that is not 0–${bits}`);
  }
  if (port !== undefined && !(port >= 1 && port <= 65_535)) throw malformed(entry, 'has a port that is not 1–65535');
  return { base, prefixLength: prefix === undefined ? bits : Number(prefix), port };
}

export function networkContains(network: AllowedNetwork, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return network.base.kind() === address.kind() && address.match(network.base, network.prefixLength);
}

function splitPort(entry: string): { cidr: string; port: number | undefined } {
  const [address = ''] = entry.split('/', 1);
  if (isIPv6(address)) return { cidr: entry, port: undefined };
  const groups = (BRACKETED.exec(entry) ?? PLAIN.exec(entry))?.groups;
  if (!groups?.['cidr']) throw malformed(entry, 'is not an address or CIDR with an optional port');
  return { cidr: groups['cidr'], port: groups['port'] === undefined ? undefined : Number(groups['port']) };
}

function malformed(entry: string, problem: string): TypeError {
  return new TypeError(`SOURCE_ALLOWED_NETWORKS entry "${entry}" ${problem}`);
}
