import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { activeStreams } from '../../test/support/client.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { Host } from '../../test/support/host.ts';
import { childrenOf, descriptorsOf, heldByLauncher } from '../../test/support/leaks.ts';

const WITHIN_MS = 20_000;

/** Files of cached audio (CACHE_MAX_BYTES), which are open but not a leak. */
const KEPT = /\/rendition-/;

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
        assert.ok(now <= before, `${now} descriptors are open, ${before} were: ${open().join(' ')}`);
        assert.deepEqual(readdirSync(host.spoolDirectory), [], 'temporary files are left');
      },
      { withinMs: WITHIN_MS },
    );
}
