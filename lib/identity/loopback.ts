import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** Whether a server that binds `host` is reached from this machine only. Throws when `host` has no address. */
export async function isLoopback(host: string): Promise<boolean> {
  const addresses = await lookup(host, { all: true });
  return addresses.every(({ address }) => ipaddr.process(address).range() === 'loopback');
}
