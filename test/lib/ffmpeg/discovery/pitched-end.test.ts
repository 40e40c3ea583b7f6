import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { findCandidates } from '#lib/ffmpeg/candidates.ts';
import { losesPitchedEnd } from '#lib/ffmpeg/discovery/pitched-end.ts';
import { writeFakeFfmpeg } from '../../../support/fake-ffmpeg.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

describe('losesPitchedEnd', () => {
  it('agrees with a longer sound for each ffmpeg here', async () => {
    for (const { path } of await findCandidates('audio', process.env['PATH'] ?? '')) {
      const sound = Buffer.alloc(48_000 * 2 * 3);
      const args =
        '-v error -f s16le -ar 48000 -ac 1 -i pipe:0 -af rubberband=pitch=1.9:transients=smooth -f s16le pipe:1';
      const { length } = execFileSync(path, args.split(' '), { input: sound, maxBuffer: 1 << 24 });
      assert.equal(await losesPitchedEnd(path), length < sound.length, path);
    }
  });

  it('counts the bytes of output', async () => {
    using folder = scratchFolder();
    const giving = (bytes: number) =>
      writeFakeFfmpeg(folder.file(`gives-${bytes}`), { play: `cat > /dev/null; head -c ${bytes} /dev/zero` });
    assert.equal(await losesPitchedEnd(giving(19_200)), false);
    assert.equal(await losesPitchedEnd(giving(19_198)), true);
  });

  it('handles an ffmpeg that reads nothing', async () => {
    using folder = scratchFolder();
    assert.equal(await losesPitchedEnd(writeFakeFfmpeg(folder.file('ffmpeg'), { play: 'exit 1' })), true);
  });
});
