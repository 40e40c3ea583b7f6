import ipaddr from 'ipaddr.js';

/** Bytes of the networks that an IPv6 client has: usually a whole /64, and a site a /48. */
const NETWORK_BYTES = 8;
const SITE_BYTES = 6;

/** Returns the network by which an address is counted: the /64 of an IPv6 address, or the address itself. */
export function networkOf(address: string): string {
  return prefixOf(address, NETWORK_BYTES) ?? address;
}

/** Returns the /48 of an IPv6 address; undefined for other addresses. */
export function siteOf(address: string): string | undefined {
  return prefixOf(address, SITE_BYTES);
}

function prefixOf(address: string, bytes: number): string | undefined {
  if (!ipaddr.IPv6.isValid(address)) return undefined;
  const prefix = ipaddr.IPv6.parse(address).toByteArray().slice(0, bytes);
  return `${new ipaddr.IPv6([...prefix, ...new Array(16 - bytes).fill(0)])}/${bytes * 8}`;
}
