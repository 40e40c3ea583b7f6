import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

/** Throws an Error unless every address of `host` is this machine's own: there are no credentials to ask for yet. */
export async function requireLoopback(host: string): Promise<void> {
  const addresses = await lookup(host, { all: true });
  if (addresses.every(({ address }) => ipaddr.process(address).range() === 'loopback')) return;
  throw new Error(
    `HOST=${host} would open the service to others, and it has no credentials to ask them for: ` +
      'bind 127.0.0.1 and put a proxy that authenticates in front',
  );
}
