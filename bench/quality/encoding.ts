import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { endedChildrenCpuSeconds } from '#lib/ffmpeg/usage.ts';
import { decode, type Sound, secondsOf } from '../../test/support/audio.ts';

/** An ffmpeg and its output options, without the output's name. */
export type Encoder = { readonly ffmpeg: string; readonly args: readonly string[] };

export type Coded = { readonly sound: Sound; readonly bitrate: number };

const PCM = ['-f', 's16le', '-ar', '48000', '-ac', '2'];

/** Decodes an input to 48 kHz stereo. */
export async function soundFrom(ffmpeg: string, input: readonly string[]): Promise<Sound> {
  const pcm = await run(ffmpeg, [...input, ...PCM, 'pipe:1']);
  return { rate: 48_000, channels: 2, samples: new Int16Array(new Uint8Array(pcm).buffer) };
}

/** Encodes a sound of 48 kHz stereo. Returns the decoded result and its bit/s. */
export async function encode({ ffmpeg, args }: Encoder, sound: Sound): Promise<Coded> {
  const { buffer, byteOffset, byteLength } = sound.samples;
  const input = Buffer.from(buffer, byteOffset, byteLength);
  const encoded = await run(ffmpeg, [...PCM, '-i', 'pipe:0', ...args, 'pipe:1'], input);
  return { sound: await decode(encoded), bitrate: (encoded.length * 8) / secondsOf(sound) };
}

/** Returns the processor seconds of a whole transcode of a file. */
export async function transcodeCpuSeconds({ ffmpeg, args }: Encoder, file: string): Promise<number> {
  const before = endedChildrenCpuSeconds();
  await run(ffmpeg, ['-i', file, ...args, 'pipe:1']);
  return endedChildrenCpuSeconds() - before;
}

async function run(ffmpeg: string, args: readonly string[], input?: Buffer): Promise<Buffer> {
  const running = promisify(execFile)(ffmpeg, ['-v', 'error', ...args], { encoding: 'buffer', maxBuffer: 512 << 20 });
  running.child.stdin?.end(input);
  const exited = once(running.child, 'exit');
  const { stdout } = await running;
  await exited;
  return stdout;
}
