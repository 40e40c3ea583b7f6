import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { smokeTest } from '#lib/ffmpeg/discovery/smoke-test.ts';
import { writeFakeFfmpeg } from '../../../support/fake-ffmpeg.ts';
import { FFMPEG } from '../../../support/ffmpeg.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const bare = (file: string) => (args: readonly string[]) => ({ file, args });

describe('smokeTest', () => {
  const broken = async (play: string, timeoutMs?: number) => {
    using folder = scratchFolder();
    return await smokeTest(bare(writeFakeFfmpeg(folder.file('ffmpeg'), { play })), timeoutMs);
  };

  it('finds nothing wrong with a real ffmpeg', async () => {
    assert.equal(await smokeTest(bare(FFMPEG)), undefined);
  });

  it('reports the signal of a crash', async () => {
    assert.equal(await broken('kill -SEGV $$'), 'it fails on MPEG-TS (SIGSEGV), M4A (SIGSEGV), Opus (SIGSEGV)');
  });

  it('reports which sample failed', async () => {
    const onlyM4a = 'case "$*" in *libopus*) exit 3;; *) head -c 1000 /dev/zero;; esac';
    assert.equal(await broken(onlyM4a), 'it fails on M4A (exit code 3)');
  });

  it('rejects an ffmpeg that exits with 0 but produces nothing', async () => {
    assert.match((await broken('cat > /dev/null')) ?? '', /^it fails on MPEG-TS \(0 bytes of output\)/);
  });

  it('does not wait for an ffmpeg that hangs', async () => {
    assert.match((await broken('exec sleep 100', 200)) ?? '', /^it fails on MPEG-TS \(timed out\)/);
  });

  it('handles an ffmpeg that reads nothing', async () => {
    assert.match((await broken('exit 1')) ?? '', /^it fails on MPEG-TS \(exit code 1\)/);
  });

  it('reports a missing file', async () => {
    assert.match((await smokeTest(bare('/nowhere/ffmpeg'))) ?? '', /ENOENT/);
  });
});
