import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { cpuLevels } from '#lib/ffmpeg/discovery/cpu-level.ts';
import { AUDIO_LAYER } from './support/built-layer.ts';

const run = promisify(execFile);
const SECONDS = 2;

/** Returns the path of the build for this processor. */
async function layerFfmpeg(): Promise<string> {
  const [level] = await cpuLevels();
  return join(AUDIO_LAYER.directory, 'bin', level === 'x86-64-v3' ? 'ffmpeg-audio' : 'ffmpeg-audio-v2');
}

/** Returns a tone of 1 kHz at −12 dBFS, s16le. */
function tone(rate: number): Buffer {
  const samples = Int16Array.from({ length: rate * SECONDS }, (_, index) =>
    Math.round(8_192 * Math.sin((2 * Math.PI * 1_000 * index) / rate)),
  );
  return Buffer.from(samples.buffer);
}

/** Has a program encode or decode; returns what it writes. */
async function through(program: string, args: readonly string[], input: Buffer): Promise<Buffer> {
  const child = run(program, ['-v', 'error', ...args], { encoding: 'buffer', maxBuffer: 16 << 20 });
  child.child.stdin?.end(input);
  return (await child).stdout;
}

/** Returns the level of s16le samples without their first and last quarter, dBFS of a sine. */
function level(pcm: Buffer): number {
  const all = new Int16Array(new Uint8Array(pcm).buffer);
  const middle = all.subarray(all.length / 4, (all.length * 3) / 4);
  const power = middle.reduce((sum, sample) => sum + sample ** 2, 0) / middle.length;
  return 10 * Math.log10((2 * power) / 32_768 ** 2);
}

describe('the audio layer', { skip: AUDIO_LAYER.missing }, () => {
  it('encodes MP3 that others decode, with the length and, within half a decibel, the level of the source', async () => {
    const raw = ['-f', 's16le', '-ar', '48000', '-ac', '1'];
    const ours = await layerFfmpeg();
    const mp3 = await through(
      ours,
      [...raw, '-i', 'pipe:0', '-c:a', 'libmp3lame', '-b:a', '192k', '-f', 'mp3', 'pipe:1'],
      tone(48_000),
    );
    for (const program of [ours, 'ffmpeg']) {
      const pcm = await through(program, ['-f', 'mp3', '-i', 'pipe:0', ...raw, 'pipe:1'], mp3);
      assert.ok(Math.abs(pcm.length / 2 - 48_000 * SECONDS) < 2_400, `${pcm.length / 2} samples`);
      assert.ok(Math.abs(level(pcm) - -12.04) < 0.5, `${level(pcm)} dBFS`);
    }
  });

  it('encodes AMR-NB, and decodes it by both of its decoders', async () => {
    const raw = ['-f', 's16le', '-ar', '8000', '-ac', '1'];
    const ours = await layerFfmpeg();
    const amr = await through(
      ours,
      [...raw, '-i', 'pipe:0', '-c:a', 'libopencore_amrnb', '-b:a', '12.2k', '-f', 'amr', 'pipe:1'],
      tone(8_000),
    );
    assert.equal(amr.toString('latin1', 0, 6), '#!AMR\n');
    for (const decoder of ['amrnb', 'libopencore_amrnb']) {
      const pcm = await through(ours, ['-c:a', decoder, '-f', 'amr', '-i', 'pipe:0', ...raw, 'pipe:1'], amr);
      assert.ok(Math.abs(pcm.length / 2 - 8_000 * SECONDS) <= 320, `${decoder}: ${pcm.length / 2} samples`);
      // It is made for speech.
      assert.ok(Math.abs(level(pcm) - -12.04) < 4, `${decoder}: ${level(pcm)} dBFS`);
    }
  });

  it('decodes AMR-WB, and plays frames without data for as long as they last', async () => {
    // Frames of 20 ms with the type NO_DATA (3GPP TS 26.201).
    const amr = Buffer.concat([Buffer.from('#!AMR-WB\n'), Buffer.alloc(SECONDS * 50, 0x7c)]);
    const args = ['-c:a', 'libopencore_amrwb', '-f', 'amr', '-i', 'pipe:0', '-f', 's16le', 'pipe:1'];
    const pcm = await through(await layerFfmpeg(), args, amr);
    assert.ok(Math.abs(pcm.length / 2 - 16_000 * SECONDS) <= 640, `${pcm.length / 2} samples`);
  });
});
