import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Attack, createChecks, Skipped } from './attack.ts';

/** Addresses that look public, of the loopback device of a namespace. */
const ADDRESSES = ['93.184.215.14', '2606:2800:21f:cb07::1'] as const;
const INSIDE = fileURLToPath(new URL('own-addresses-inside.ts', import.meta.url));

/** Brings up the namespace, then becomes the program. */
const SCRIPT = `
  set -e
  ip link set lo up
  ip address add ${ADDRESSES[0]}/32 dev lo
  ip -6 address add ${ADDRESSES[1]}/128 dev lo nodad
  exec "$@"`;

/** What was found inside: requests by address and way, with the result. */
export type InsideReport = {
  readonly refused: readonly string[];
  readonly broken: readonly string[];
};

/** A service behind this machine's own firewall, at the machine's public address. */
export const OWN_ADDRESSES: Attack = {
  about:
    'public addresses of this machine itself are no sources of the service and of both clients (network namespace)',
  async run() {
    const checks = createChecks();
    const inside = ['--user', '--map-root-user', '--net', '--', 'sh', '-c', SCRIPT, 'sh'];
    if (spawnSync('unshare', [...inside, 'true']).status !== 0) {
      throw new Skipped('this machine allows no network namespaces, or has no unshare and ip');
    }
    const run = spawnSync('unshare', [...inside, process.execPath, INSIDE, ...ADDRESSES], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`the attack ended with ${run.status}: ${run.stderr}`);
    const report = JSON.parse(run.stdout) as InsideReport;
    for (const each of report.refused) checks.expect(true, each);
    for (const each of report.broken) checks.expect(false, each);
    return checks.result(`{checks} checks at ${ADDRESSES.join(' and ')}`);
  },
};
