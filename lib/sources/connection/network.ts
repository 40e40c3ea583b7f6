import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An entry of a setting that lists networks, such as SOURCE_ALLOWED_NETWORKS. */
export type Network = {
  readonly base: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefixLength: number;
  /** The only port that is meant; undefined for every port. */
  readonly port: number | undefined;
};

const BRACKETED = /^\[(?<cidr>[^\]]+)\](?::(?<port>\d{1,5}))?$/;
const PLAIN = /^(?<cidr>[^:]+)(?::(?<port>\d{1,5}))?$/;

/**
 * Parses `10.0.0.0/8`, `127.0.0.1/32:9000`, `127.0.0.1`, `fd00::/8` or `[fd00::/8]:8080`. A bare address is a network
 * of one address. Throws a TypeError that names the setting and the entry.
 */
export function parseNetwork(setting: string, entry: string): Network {
  const malformed = (problem: string) => new TypeError(`${setting} entry "${entry}" ${problem}`);
  const { cidr, port } = splitPort(entry) ?? {};
  if (cidr === undefined) throw malformed('is not an address or CIDR with an optional port');
  const [address = '', prefix] = cidr.split('/', 2);
  const version = isIP(address);
  if (version === 0 || cidr.split('/').length > 2) throw malformed('is not an address or CIDR');
  const base = ipaddr.parse(address);
  if (base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress()) throw malformed('must be written as IPv4');
  const bits = version === 4 ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) {
    throw malformed(`has a prefix length that is not 0–${bits}`);
  }
  if (port !== undefined && !(port >= 1 && port <= 65_535)) throw malformed('has a port that is not 1–65535');
  return { base, prefixLength: prefix === undefined ? bits : Number(prefix), port };
}

/** Whether a network contains an address, at this port. */
export function networkContains(network: Network, address: ipaddr.IPv4 | ipaddr.IPv6, port: number): boolean {
  if (network.port !== undefined && network.port !== port) return false;
  return network.base.kind() === address.kind() && address.match(network.base, network.prefixLength);
}

function splitPort(entry: string): { cidr: string; port: number | undefined } | undefined {
  const [address = ''] = entry.split('/', 1);
  if (isIPv6(address)) return { cidr: entry, port: undefined };
  const { cidr, port } = (BRACKETED.exec(entry) ?? PLAIN.exec(entry))?.groups ?? {};
  return cidr === undefined ? undefined : { cidr, port: port === undefined ? undefined : Number(port) };
}
