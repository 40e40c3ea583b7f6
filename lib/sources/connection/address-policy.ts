import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { networkContains, parseAllowedNetwork } from './allowed-network.ts';

/** Decides from which addresses sources may be downloaded. */
export type AddressPolicy = {
  /** `ip` is a literal IPv4 or IPv6 address. Anything else is refused. */
  allows(ip: string, port: number): boolean;
};

/** For endpoints that the operator has configured, such as the S3 endpoint. Never used for URLs from users. */
export const TRUST_EVERY_ADDRESS: AddressPolicy = { allows: () => true };

/** Allows global unicast addresses and the listed networks. Throws the TypeError of `parseAllowedNetwork`. */
export function createAddressPolicy(entries: readonly string[]): AddressPolicy {
  const networks = entries.map(parseAllowedNetwork);
  return {
    allows(ip, port) {
      const address = destinationOf(ip);
      if (!address) return false;
      const listed = networks.some(
        (network) => (network.port === undefined || network.port === port) && networkContains(network, address),
      );
      return listed || isPublic(address);
    },
  };
}

/** A public address that reaches internal services of a cloud: Azure's metadata and DNS, 168.63.129.16. */
const METADATA_V4 = ipaddr.parseCIDR('168.63.129.16/32');

/** The range of global unicast (RFC 4291, IANA). Addresses outside are private, reserved or unassigned. */
const GLOBAL_V6 = ipaddr.parseCIDR('2000::/3');

/** Special ranges in it: protocol assignments including Teredo, documentation (RFC 3849, RFC 9637), 6to4. */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '3fff::/20', '2002::/16'].map((cidr) => ipaddr.parseCIDR(cidr));

/** The well-known prefix of NAT64 (RFC 6052): the last 32 bits are the IPv4 destination. */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false;
  if (address instanceof ipaddr.IPv4) return !address.match(METADATA_V4);
  return address.match(GLOBAL_V6) && !SPECIAL_V6.some((range) => address.match(range));
}

/** Returns the actual destination: for IPv4-mapped and NAT64 addresses, the IPv4 address in them. */
function destinationOf(ip: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (isIP(ip) === 0) return undefined;
  const address = ipaddr.parse(ip);
  if (address instanceof ipaddr.IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(NAT64)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return address;
}
