import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** Whether an interface of this machine has the address now. */
export function isOwnAddress(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const text = address.toString();
  return Object.values(networkInterfaces()).some((addresses = []) =>
    addresses.some((own) => ipaddr.process(own.address).toString() === text),
  );
}
