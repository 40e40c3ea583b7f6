import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MEDIA_FFMPEG } from './ffmpeg.ts';

const run = promisify(execFile);

/** A temporary folder of films; `await using` removes it. */
export type FilmFolder = AsyncDisposable & {
  readonly path: string;
  /** Makes a file with ffmpeg, unless it exists, and returns its path. A name has no extension; give the muxer. */
  make(name: string, args: readonly string[]): Promise<string>;
};

export async function filmFolder(): Promise<FilmFolder> {
  const path = await mkdtemp(join(tmpdir(), 'films-'));
  return {
    path,
    async make(name, args) {
      const file = join(path, name);
      if (!existsSync(file)) await run(MEDIA_FFMPEG, ['-v', 'error', '-y', ...args, `file:${file}`]);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/** Fast settings for small films. */
export const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

/** The ramp begins again after this many frames. */
export const RAMP = 43;

/** Input options of a picture whose frames differ in brightness: frame N has the luma 16 + 5 N, modulo RAMP. */
export function ramp(seconds: number, { rate = '30', size = '64x64' } = {}): string[] {
  const levels = `geq=lum='16+5*mod(N,${RAMP})':cb=128:cr=128`;
  return ['-f', 'lavfi', '-i', `color=c=black:s=${size}:r=${rate}:d=${seconds},format=yuv420p,${levels}`];
}

/** Input options of a sound: an expression of lavfi's aevalsrc. */
export function sound(expression: string, seconds: number): string[] {
  return ['-f', 'lavfi', '-i', `aevalsrc='${expression}':s=48000:d=${seconds}`];
}

/** Decodes a film's picture to grey pixels, frame by frame. */
export async function greyFrames(
  file: string,
  { width, height }: { width: number; height: number },
): Promise<Buffer[]> {
  const args = ['-v', 'error', '-i', `file:${file}`, '-map', '0:v:0', '-fps_mode', 'passthrough'];
  const options = { encoding: 'buffer', maxBuffer: 512 << 20 } as const;
  const { stdout } = await run(MEDIA_FFMPEG, [...args, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'], options);
  const size = width * height;
  return Array.from({ length: stdout.length / size }, (_, index) => stdout.subarray(index * size, (index + 1) * size));
}

/** Decodes a film of the ramp and returns the number of each frame, modulo RAMP, by its brightness. */
export async function rampNumbers(file: string, size = { width: 64, height: 64 }): Promise<number[]> {
  const frames = await greyFrames(file, size);
  return frames.map((pixels) => {
    const mean = pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length;
    // Grey is full range: 16 to 235 become 0 to 255.
    return Math.round((mean * 219) / 255 / 5);
  });
}

/** Returns digests of the packets of an H.264 picture, in order. */
export async function packetDigests(file: string): Promise<string[]> {
  const input = ['-v', 'error', '-i', `file:${file}`, '-map', '0:v:0', '-c', 'copy'];
  const args = [...input, '-bsf:v', 'h264_metadata=aud=remove', '-f', 'framemd5', '-'];
  const { stdout } = await run(MEDIA_FFMPEG, args, { maxBuffer: 64 << 20 });
  return stdout.split('\n').flatMap((line) => (line.startsWith('0,') ? [line.split(',')[5]?.trim() ?? ''] : []));
}

/** Makes eight seconds of the ramp with a tone, B-frames, and a key frame every four seconds. */
export function longFilm(films: FilmFolder, name: string, muxer: readonly string[]): Promise<string> {
  const options = ['-preset', 'veryfast', '-g', '120', '-c:a', 'aac', ...muxer];
  return films.make(name, [...ramp(8), ...sound('0.3*sin(880*PI*t)', 8), ...X264, ...options]);
}

/** Returns the numbers of frames of the ramp that follow each other. */
export function rampFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (first + index) % RAMP);
}
