import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { MEDIA_FFMPEG } from './ffmpeg.ts';

/** Sound as samples: 16 bits, channels interleaved. */
export type Sound = { readonly rate: number; readonly channels: number; readonly samples: Int16Array };

/** Decodes bytes, or the file at this path, at its own rate and channels. Fails when any part does not decode. */
export async function decode(encoded: Buffer | string): Promise<Sound> {
  const strict = ['-xerror', '-err_detect', 'explode'];
  const input = typeof encoded === 'string' ? encoded : 'pipe:0';
  const child = spawn(MEDIA_FFMPEG, ['-hide_banner', ...strict, '-i', input, '-f', 's16le', 'pipe:1']);
  child.stdin.on('error', () => undefined).end(typeof encoded === 'string' ? undefined : encoded);
  const [pcm, log, [code]] = await Promise.all([
    readWhole(child.stdout),
    readWhole(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  const text = log.toString('utf8');
  assert.equal(code, 0, `the output does not decode:\n${text}`);
  const [, rate, layout] = /Audio: .*?, (\d+) Hz, (mono|stereo)/.exec(text) ?? [];
  return soundOf(pcm, { rate: Number(rate), channels: layout === 'mono' ? 1 : 2 });
}

/** The sound of an `audio/pcm` response, as its media type describes it. */
export function pcmSound(body: Buffer, contentType: string): Sound {
  const [, rate, channels] = /^audio\/pcm; rate=(\d+); channels=(\d); encoding=s16le$/.exec(contentType) ?? [];
  assert.ok(rate !== undefined && channels !== undefined, `not a PCM media type: ${contentType}`);
  return soundOf(body, { rate: Number(rate), channels: Number(channels) });
}

/** Length in seconds. */
export function secondsOf({ rate, channels, samples }: Sound): number {
  return samples.length / channels / rate;
}

/** One channel's samples, full scale at 1. */
export function channelOf({ channels, samples }: Sound, channel = 0): Float64Array {
  return Float64Array.from({ length: Math.floor(samples.length / channels) }, (_, index) => {
    return (samples[index * channels + channel] ?? 0) / 32_768;
  });
}

/** The RMS level of the first channel in dB relative to full scale; −∞ for silence. */
export function levelDb(sound: Sound): number {
  const signal = channelOf(sound);
  return 10 * Math.log10(signal.reduce((sum, sample) => sum + sample * sample, 0) / signal.length);
}

/** The reason why `opusinfo` cannot run here, for a test's `skip`; false when it can. */
export const OPUSINFO_MISSING: string | false = isThere('opusinfo') ? false : 'opusinfo (opus-tools) is not installed';

/** Fails when `opusinfo` reports a warning or an error for an Ogg/Opus file. */
export async function assertValidOpus(file: string): Promise<void> {
  const child = spawn('opusinfo', [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([
    readWhole(child.stdout),
    readWhole(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  const offences = `${out}${err}`.split('\n').filter((line) => /warning|error|negative|hole|corrupt/i.test(line));
  assert.deepEqual([code, offences.slice(0, 5)], [0, []]);
}

function soundOf(pcm: Buffer, { rate, channels }: Pick<Sound, 'rate' | 'channels'>): Sound {
  assert.equal(pcm.length % (2 * channels), 0, 'the PCM ends within a sample');
  // Copied because a Buffer from a pool may start at an odd address.
  return { rate, channels, samples: new Int16Array(new Uint8Array(pcm).buffer) };
}

async function readWhole(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
