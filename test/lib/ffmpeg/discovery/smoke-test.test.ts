import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { smokeTest } from '#lib/ffmpeg/discovery/smoke-test.ts';
import { writeFakeFfmpeg } from '../../../support/fake-ffmpeg.ts';
import { FFMPEG } from '../../../support/ffmpeg.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

describe('smokeTest', () => {
  const broken = async (play: string, timeoutMs?: number) => {
    using folder = scratchFolder();
    return await smokeTest(writeFakeFfmpeg(folder.file('ffmpeg'), { play }), timeoutMs);
  };

  it('finds nothing wrong with a real one', async () => {
    assert.equal(await smokeTest(FFMPEG), undefined);
  });

  it('tells the signal of one that crashes', async () => {
    assert.equal(await broken('kill -SEGV $$'), 'it fails on MPEG-TS (SIGSEGV), M4A (SIGSEGV), Opus (SIGSEGV)');
  });

  it('tells which sample one fails on', async () => {
    const onlyM4a = 'case "$*" in *libopus*) exit 3;; *) head -c 1000 /dev/zero;; esac';
    assert.equal(await broken(onlyM4a), 'it fails on M4A (exit code 3)');
  });

  it('does not believe one that ends well and gives nothing', async () => {
    assert.match((await broken('cat > /dev/null')) ?? '', /^it fails on MPEG-TS \(0 bytes\)/);
  });

  it('does not wait for one that hangs', async () => {
    assert.match((await broken('exec sleep 100', 200)) ?? '', /^it fails on MPEG-TS \(no end\)/);
  });

  it('does not mind one that reads nothing', async () => {
    assert.match((await broken('exit 1')) ?? '', /^it fails on MPEG-TS \(exit code 1\)/);
  });

  it('tells a file that is not there', async () => {
    assert.match((await smokeTest('/nowhere/ffmpeg')) ?? '', /ENOENT/);
  });
});
