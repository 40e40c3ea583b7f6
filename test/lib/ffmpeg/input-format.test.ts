import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { createInputFormatReader, type InputFormat } from '#lib/ffmpeg/input-format.ts';
import { MEDIA_FFMPEG } from '../../support/ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { supervise } from '../../support/supervised-ffmpeg.ts';

/** Returns the format in these lines; undefined if it stays pending. */
async function detect(lines: readonly string[]): Promise<InputFormat | undefined> {
  const reader = createInputFormatReader();
  for (const line of lines) reader.read(line);
  return await Promise.race([reader.detected, Promise.resolve().then(() => undefined)]);
}

const KINDS: readonly [file: string, codec: string, format: InputFormat][] = [
  ['a.mp3', 'libmp3lame', { container: 'mp3', codec: 'mp3' }],
  ['a.m4a', 'aac', { container: 'mov', codec: 'aac' }],
  ['a.ogg', 'libvorbis', { container: 'ogg', codec: 'vorbis' }],
  ['a.opus', 'libopus', { container: 'ogg', codec: 'opus' }],
  ['a.mka', 'flac', { container: 'matroska', codec: 'flac' }],
  ['a.wav', 'pcm_s16le', { container: 'wav', codec: 'pcm_s16le' }],
];

describe('the input format', () => {
  for (const [file, encoder, format] of KINDS) {
    it(`of ${file} is read from the log of a real ffmpeg, not from its output section`, async () => {
      using folder = scratchFolder();
      const source = folder.file(file);
      execFileSync(MEDIA_FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=0.2:r=48000', '-c:a', encoder, source]);
      const reader = createInputFormatReader();
      await using ffmpeg = supervise({
        args: ['-i', source, '-c:a', 'pcm_u8', '-f', 'u8', 'pipe:1'],
        onLog: reader.read,
      });
      ffmpeg.output.resume();
      assert.equal((await ffmpeg.outcome).kind, 'finished');
      assert.deepEqual(await Promise.race([reader.detected, undefined]), format);
    });
  }

  it('is that of the first audio stream, after video and with languages', async () => {
    const lines = [
      "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'pipe:3':",
      '  Stream #0:0[0x1](eng): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 640x480',
      '  Stream #0:1[0x2](deu): Audio: ac3 (ac-3 / 0x332D6361), 48000 Hz, stereo, fltp, 192 kb/s',
      '  Stream #0:2[0x3](eng): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, stereo, fltp, 128 kb/s',
    ];
    assert.deepEqual(await detect(lines), { container: 'mov', codec: 'ac3' });
  });

  it('stays pending until ffmpeg has logged both', async () => {
    assert.equal(await detect([]), undefined);
    assert.equal(await detect(["Input #0, mp3, from 'pipe:3':"]), undefined);
    assert.equal(await detect(['  Stream #0:0: Audio: opus, 48000 Hz']), undefined);
  });

  it('is not read from metadata that looks like it', async () => {
    const lines = [
      '    title           : Input #0, evil, from',
      "Input #0, ogg, from 'pipe:3':",
      '    comment         : Stream #0:0: Audio: evil',
      '  Stream #0:0: Audio: vorbis, 44100 Hz, stereo, fltp',
    ];
    assert.deepEqual(await detect(lines), { container: 'ogg', codec: 'vorbis' });
  });
});
