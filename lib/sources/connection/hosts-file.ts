import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ResolvedAddress } from './resolved-address.ts';

/** The names and addresses of `/etc/hosts` (hosts(5)), read again when the file changes. */
export type HostsFile = {
  /** Returns the addresses of a name in lower case; none if the file does not have it. */
  addressesOf(name: string): readonly ResolvedAddress[];
};

const LOOPBACK: readonly ResolvedAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

export function createHostsFile(path: string): HostsFile {
  let version = '';
  let names: ReadonlyMap<string, readonly ResolvedAddress[]> = new Map();

  function readIfChanged(): void {
    const { mtimeMs, size, ino } = statSync(path, { throwIfNoEntry: false }) ?? {};
    const found = `${mtimeMs} ${size} ${ino}`;
    if (found === version) return;
    version = found;
    names = mtimeMs === undefined ? new Map() : parseHosts(readFileSync(path, 'utf8'));
  }

  return {
    addressesOf(name) {
      readIfChanged();
      const listed = names.get(name) ?? [];
      // RFC 6761, 6.3: such names never reach a name server.
      return listed.length === 0 && /(?:^|\.)localhost$/.test(name) ? LOOPBACK : listed;
    },
  };
}

function parseHosts(text: string): ReadonlyMap<string, readonly ResolvedAddress[]> {
  const names = new Map<string, ResolvedAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    if (family !== 4 && family !== 6) continue;
    for (const alias of aliases) {
      const name = alias.toLowerCase();
      names.set(name, [...(names.get(name) ?? []), { address, family }]);
    }
  }
  return names;
}
