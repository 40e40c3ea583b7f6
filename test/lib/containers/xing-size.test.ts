import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { withoutXingSize } from '#lib/containers/xing-size.ts';
import { MEDIA_FFMPEG } from '../../support/ffmpeg.ts';
import { makeTone } from '../sources/support/media.ts';

/** Length of the tone. */
const SECONDS = 3;

/** Returns the number of samples that ffmpeg decodes from a pipe. */
function samplesOf(mp3: Buffer): number {
  const args = ['-v', 'error', '-f', 'mp3', '-i', 'pipe:0', '-ac', '1', '-f', 's16le', 'pipe:1'];
  return execFileSync(MEDIA_FFMPEG, args, { input: mp3, maxBuffer: 1 << 24 }).length / 2;
}

describe('withoutXingSize', () => {
  for (const [rate, channels] of [
    [48_000, 2],
    [44_100, 1],
    [22_050, 2],
    [16_000, 1],
  ] as const) {
    it(`makes an MP3 of ${rate} Hz with ${channels} channel(s) from a pipe end where its music ends`, () => {
      const options = ['-ar', String(rate), '-ac', String(channels), '-c:a', 'libmp3lame', '-id3v2_version', '0'];
      const mp3 = makeTone('a.mp3', options);
      assert.equal(samplesOf(withoutXingSize(mp3)), SECONDS * rate);
    });
  }

  it('changes nothing else', () => {
    const plain = ['-c:a', 'libmp3lame', '-write_xing', '0', '-id3v2_version', '0'];
    const bare = makeTone('b.mp3', plain);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(3), bare, bare.subarray(0, 30), Buffer.alloc(100, 0xff)])
      assert.ok(withoutXingSize(bytes).equals(bytes));
  });
});
