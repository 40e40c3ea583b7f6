import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { AUDIO_DEMUXERS } from '#lib/containers/audio-demuxers.ts';
import { cpuLevels } from '#lib/ffmpeg/discovery/cpu-level.ts';
import { createMediaFolder, type MediaFolder, MUSIC_FILE } from '../support/media.ts';
import { AUDIO_KINDS } from './support/audio-kinds.ts';
import { AUDIO_LAYER } from './support/built-layer.ts';

const run = promisify(execFile);

/** Floating-point decoders may round differently; smaller differences are inaudible. */
const LEAST_SNR_DB = 60;

const NAMES = Object.keys(AUDIO_KINDS);
const INPUT = ['-format_whitelist', AUDIO_DEMUXERS.join(',')];
const OUTPUT = ['-c:a', 'pcm_s16le', '-f', 's16le'];

let media: MediaFolder;
let binaries: string[];

before(async () => {
  if (AUDIO_LAYER.missing !== false) return;
  const names = { 'x86-64-v3': 'ffmpeg-audio', 'x86-64-v2': 'ffmpeg-audio-v2' };
  binaries = (await cpuLevels()).map((level) => names[level]);
  media = await createMediaFolder();
  // One process makes all files and another one decodes them, because a start takes long.
  const kinds = Object.entries(AUDIO_KINDS).flatMap(([name, options]) => ['-map', '0:a', ...options, fileOf(name)]);
  await run('ffmpeg', ['-v', 'error', '-ss', '20', '-t', '1.5', '-i', MUSIC_FILE, ...kinds]);
  const inputs = NAMES.flatMap((name) => [...INPUT, '-i', fileOf(name)]);
  const outputs = NAMES.flatMap((name, index) => ['-map', `${index}:a:0`, ...OUTPUT, fileOf(`${name}.pcm`)]);
  await run('ffmpeg', ['-v', 'fatal', ...inputs, ...outputs]);
});
after(() => media?.[Symbol.asyncDispose]());

function fileOf(name: string): string {
  return join(media.directory, name);
}

function samplesOf(pcm: Buffer): Int16Array {
  return new Int16Array(new Uint8Array(pcm).buffer);
}

/** Returns the power of a sound over the power of another's difference from it, in dB. */
function snrDb(wanted: Int16Array, found: Int16Array): number {
  let signal = 0;
  let noise = 0;
  for (const [index, sample] of wanted.entries()) {
    signal += sample ** 2;
    noise += (sample - (found[index] ?? 0)) ** 2;
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}

describe('the audio layer decodes the same audio as the distribution’s ffmpeg', {
  skip: AUDIO_LAYER.missing,
  concurrency: 2,
}, () => {
  for (const name of NAMES) {
    it(`in ${name}`, async () => {
      const wanted = samplesOf(readFileSync(fileOf(`${name}.pcm`)));
      assert.ok(wanted.length > 8_000 && wanted.some((sample) => Math.abs(sample) > 1_000), 'there is nothing to hear');
      for (const binary of binaries) {
        const args = ['-v', 'fatal', ...INPUT, '-i', fileOf(name), '-map', '0:a:0', ...OUTPUT, 'pipe:1'];
        const ffmpeg = join(AUDIO_LAYER.directory, 'bin', binary);
        const { stdout } = await run(ffmpeg, args, { encoding: 'buffer', maxBuffer: 64 << 20 });
        const found = samplesOf(stdout);
        assert.equal(found.length, wanted.length, `${binary}: samples`);
        const snr = snrDb(wanted, found);
        assert.ok(snr > LEAST_SNR_DB, `${binary}: ${snr.toFixed(1)} dB`);
      }
    });
  }
});
