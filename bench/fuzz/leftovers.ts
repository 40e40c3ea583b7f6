import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { activeStreams } from '../../test/support/client.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { Host } from '../../test/support/host.ts';
import { childrenOf, descriptorsOf } from '../../test/support/leaks.ts';

const WITHIN_MS = 20_000;

/** Audio that is kept for who asks again (CACHE_MAX_BYTES): open, and no leak. */
const KEPT = /\/rendition-/;

/** Remembers what a quiet host has open; what it gives fails unless the host soon has no more, no child and no file. */
export function watchLeftovers(host: Host): () => Promise<void> {
  const open = (): string[] => descriptorsOf(host.pid).filter((path) => !KEPT.test(path));
  const before = open().length;
  return () =>
    eventually(
      async () => {
        assert.equal(await activeStreams(host), 0, 'transcodes count as active');
        assert.deepEqual(childrenOf(host.pid), [], 'processes are left');
        const now = open();
        assert.ok(now.length <= before, `${now.length} descriptors are open, ${before} were: ${now.join(' ')}`);
        assert.deepEqual(readdirSync(host.spoolDirectory), [], 'temporary files are left');
      },
      { withinMs: WITHIN_MS },
    );
}
