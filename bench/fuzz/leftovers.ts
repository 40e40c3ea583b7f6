import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { activeStreams } from '../../test/support/client.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { Host } from '../../test/support/host.ts';
import { childrenOf, descriptorsOf, heldByLauncher } from '../../test/support/leaks.ts';

const WITHIN_MS = 20_000;

/** Files of cached audio (CACHE_MAX_BYTES), which are open but not a leak. */
const KEPT = /\/rendition-/;

/** The targets of descriptors; sockets by their kind, and TCP sockets by their ports and state. */
function named(targets: readonly string[]): string {
  const sockets = new Map([...tcpSockets(), ...unixSockets()]);
  return targets.map((target) => sockets.get(target) ?? target).join(' ');
}

/** The TCP sockets of this machine by their names in /proc/PID/fd. */
function tcpSockets(): [name: string, about: string][] {
  return [...rowsOf('tcp'), ...rowsOf('tcp6')].map(([, local = '', remote = '', state, , , , , , inode]) => [
    `socket:[${inode}]`,
    `tcp:${portOf(local)}-${portOf(remote)}/${state}`,
  ]);
}

function unixSockets(): [name: string, about: string][] {
  return rowsOf('unix').map(([, , , , , , inode]) => [`socket:[${inode}]`, `unix:${inode}`]);
}

function rowsOf(table: string): string[][] {
  const lines = readFileSync(`/proc/net/${table}`, 'latin1').split('\n').slice(1);
  return lines.map((line) => line.trim().split(/\s+/));
}

function portOf(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}

/** Records an idle host's open files. The returned check fails unless the host soon has no more and no children. */
export function watchLeftovers(host: Host): () => Promise<void> {
  const open = (): string[] => descriptorsOf(host.pid).filter((path) => !KEPT.test(path));
  const held = (): number => open().length - heldByLauncher(host.pid);
  const before = held();
  return () =>
    eventually(
      async () => {
        assert.equal(await activeStreams(host), 0, 'transcodes count as active');
        assert.deepEqual(childrenOf(host.pid), [], 'processes are left');
        const now = held();
        assert.ok(now <= before, `${now} descriptors are open, ${before} were: ${named(open())}`);
        assert.deepEqual(readdirSync(host.spoolDirectory), [], 'temporary files are left');
      },
      { withinMs: WITHIN_MS },
    );
}
