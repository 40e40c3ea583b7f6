import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '#lib/config.ts';
import { LOCAL_CALLER } from '#lib/identity/caller.ts';
import { createServices, type Services } from '#lib/services.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const PROGRAM = fileURLToPath(new URL('fixtures/import-services.ts', import.meta.url));

function services(test: TestContext, settings: Record<string, string> = {}): Services {
  const made = createServices(loadConfig({ PATH: process.env['PATH'], LOG_LEVEL: 'silent', ...settings }));
  test.after(() => made.shutDown());
  return made;
}

async function version({ health }: Services): Promise<string | null> {
  return (await health.report()).ffmpeg_version;
}

describe('services', () => {
  it('start nothing when they are imported or created, so the process exits', async () => {
    for (const mode of ['import', 'create']) {
      // A pipe as standard error would count as a resource.
      const { stdout } = spawn(process.execPath, [PROGRAM, mode], {
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 10_000,
      });
      assert.deepEqual(JSON.parse(await text(stdout)), { resources: [], children: [], signals: [] }, mode);
    }
  });

  it('work next to each other in one process, each with its own settings and counts', async (test) => {
    const [one, other] = [services(test), services(test, { MAX_CONCURRENT_STREAMS: '7', FFMPEG_PATH: '/none' })];
    assert.match(await one.metrics.exposition(), /^concurrency_limit(\{.*\})? 50$/m);
    assert.match(await other.metrics.exposition(), /^concurrency_limit(\{.*\})? 7$/m);
    assert.notEqual(await version(one), null);
    assert.equal(await version(other), null);
    one.metrics.transcodeEnded({ outputFormat: 'opus', status: 'completed', seconds: 1, bytes: 1 });
    assert.match(await one.metrics.exposition(), /^transcode_requests_total\{.*completed.*\} 1$/m);
    assert.doesNotMatch(await other.metrics.exposition(), /^transcode_requests_total\{.*completed.*\} 1$/m);
    await other.shutDown();
    assert.equal((await one.health.report()).status, 'healthy');
    assert.deepEqual(await one.transcodes.list(LOCAL_CALLER, { limit: 1 }), { items: [], next_cursor: null });
  });

  it('search for no ffmpeg until it is needed', async (test) => {
    using scratch = scratchFolder();
    const ffmpeg = scratch.file('ffmpeg');
    writeFileSync(ffmpeg, '#!/bin/sh\n: > "$0.ran"\nexit 1\n', { mode: 0o755 });
    const made = services(test, { FFMPEG_PATH: ffmpeg });
    await made.metrics.exposition();
    await made.transcodes.list(LOCAL_CALLER, { limit: 1 });
    await assert.rejects(made.identity.keys.list(undefined), { code: 'UNAVAILABLE' });
    assert.equal(existsSync(`${ffmpeg}.ran`), false);
    assert.equal((await made.health.report()).status, 'unhealthy');
    assert.equal(existsSync(`${ffmpeg}.ran`), true);
  });
});
