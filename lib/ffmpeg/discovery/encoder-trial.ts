import { confine, type Starter } from '#lib/ffmpeg/confinement.ts';
import { tryFfmpeg } from './trial.ts';

export type Media = 'video' | 'audio';

/** `failure` is undefined when the encoder works. */
export type EncoderTrial = { readonly failure: string | undefined; readonly ms: number };

const WIDTH = 128;
const HEIGHT = 96;
const FRAMES = 2;
const RATE = 48_000;
const SECONDS = 0.2;

type Sample = { readonly input: readonly string[]; readonly bytes: number; readonly output: readonly string[] };

/** Raw input, because the audio layer reads no pictures and no sources of its own. The null muxer takes any codec. */
const SAMPLES: Readonly<Record<Media, Sample>> = {
  video: {
    input: ['-f', 'rawvideo', '-pixel_format', 'yuv420p', '-video_size', `${WIDTH}x${HEIGHT}`, '-framerate', '25'],
    bytes: WIDTH * HEIGHT * 1.5 * FRAMES,
    output: ['-c:v'],
  },
  audio: { input: ['-f', 's16le', '-ar', String(RATE), '-ac', '1'], bytes: RATE * SECONDS * 2, output: ['-c:a'] },
};

/** Encoders that take only this sample rate. */
const NARROW_RATES: Readonly<Record<string, string>> = { libopencore_amrnb: '8000' };

/** Enough for two small pictures. */
const MEMORY_BYTES = 1 << 30;

/** Encodes a moment of black or silence, as confined as any other work. Never rejects. */
export async function tryEncoder(
  { path, starter }: { readonly path: string; readonly starter: Starter },
  { name, media }: { readonly name: string; readonly media: Media },
): Promise<EncoderTrial> {
  const { input, bytes, output } = SAMPLES[media];
  const rate = NARROW_RATES[name];
  const args = [
    ...['-protocol_whitelist', 'pipe', ...input, '-i', 'pipe:0', ...output, name],
    ...(rate === undefined ? [] : ['-ar', rate]),
    ...['-f', 'null', 'pipe:1'],
  ];
  const confinement = { ownerPid: process.pid, memoryBytes: MEMORY_BYTES, starter };
  const begun = performance.now();
  const { failure } = await tryFfmpeg((all) => confine({ file: path, args: all }, confinement), {
    args,
    input: Buffer.alloc(bytes),
  });
  return { failure, ms: Math.round(performance.now() - begun) };
}
