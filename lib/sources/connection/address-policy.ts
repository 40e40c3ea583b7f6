import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { networkContains, parseNetwork } from './network.ts';
import { isOwnAddress } from './own-addresses.ts';
import { type PortRange, parsePortRange } from './port-range.ts';

/** Decides to which addresses and ports connections may be made. */
export type AddressPolicy = {
  /** `ip` is a literal IPv4 or IPv6 address. Anything else is refused. */
  allows(ip: string, port: number): boolean;
};

/** What users name URLs for. The settings of a kind begin with its name. */
type Kind = 'SOURCE' | 'CALLBACK';

export type AddressPolicyOptions = {
  readonly kind: Kind;
  /** Networks that are allowed although they are not public, on every port or on the one they name. */
  readonly allowedNetworks?: readonly string[];
  /** Networks that are refused, even if they are public or allowed. */
  readonly deniedNetworks?: readonly string[];
  /** Ports of public addresses, in addition to those of the kind. */
  readonly allowedPorts?: readonly string[];
  /** Whether only `allowedNetworks` are allowed, and no public address. */
  readonly onlyListed?: boolean;
};

/** For endpoints that the operator has configured, such as the S3 endpoint. Never used for URLs from users. */
export const TRUST_EVERY_ADDRESS: AddressPolicy = { allows: () => true };

/** Ports on which public servers of a kind listen: for sources HTTP, HTTPS and radio; for callbacks HTTPS. */
export const PORTS: Readonly<Record<Kind, readonly PortRange[]>> = {
  SOURCE: [
    { first: 80, last: 80 },
    { first: 443, last: 443 },
    { first: 8_000, last: 8_999 },
  ],
  CALLBACK: [{ first: 443, last: 443 }],
};

/**
 * Allows the kind's ports of public addresses that are not this machine's own, and the listed networks. Throws a
 * TypeError that names a malformed entry.
 */
export function createAddressPolicy(options: AddressPolicyOptions): AddressPolicy {
  const { kind, allowedNetworks = [], deniedNetworks = [], allowedPorts = [], onlyListed = false } = options;
  const allowed = allowedNetworks.map((entry) => parseNetwork(`${kind}_ALLOWED_NETWORKS`, entry));
  const denied = deniedNetworks.map((entry) => parseNetwork(`${kind}_DENIED_NETWORKS`, entry));
  const listedPorts = allowedPorts.map((entry) => parsePortRange(`${kind}_ALLOWED_PORTS`, entry));
  const ports = [...PORTS[kind], ...listedPorts];
  return {
    allows(ip, port) {
      const address = destinationOf(ip);
      if (!address || denied.some((network) => networkContains(network, address, port))) return false;
      if (allowed.some((network) => networkContains(network, address, port))) return true;
      if (onlyListed) return false;
      return ports.some(({ first, last }) => port >= first && port <= last) && isOutside(address);
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

/** Whether an address is public and not this machine's: a service that the firewall hides from others would answer there. */
function isOutside(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return isPublic(address) && !isOwnAddress(address);
}

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
