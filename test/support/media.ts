import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MEDIA_FFMPEG } from './ffmpeg.ts';

/** A temporary folder for generated media; `await using` removes it. */
export type MediaFolder = AsyncDisposable & {
  readonly directory: string;
  /** Writes a file from a sound (a lavfi source or a file) with ffmpeg's output options, and returns its bytes. */
  make(name: string, sound: Sound, options?: readonly string[]): Promise<Buffer>;
  /** Writes one sound to several files with one ffmpeg, and returns the bytes of each file by its name. */
  makeAll(sound: Sound, files: readonly MediaFile[]): Promise<ReadonlyMap<string, Buffer>>;
};

export type Sound = { readonly lavfi: string } | { readonly file: string };

/** A name, and ffmpeg's output options for it. */
export type MediaFile = { readonly file: string; readonly options: readonly string[] };

const run = promisify(execFile);

export async function createMediaFolder(): Promise<MediaFolder> {
  const directory = await mkdtemp(join(tmpdir(), 'e2e-media-'));
  const makeAll: MediaFolder['makeAll'] = async (sound, files) => {
    const input = 'lavfi' in sound ? ['-f', 'lavfi', '-i', sound.lavfi] : ['-i', sound.file];
    const outputs = files.map(({ file, options }) => ({ file, options, path: join(directory, file) }));
    await run(MEDIA_FFMPEG, [
      ...['-v', 'error', '-y', ...input],
      ...outputs.flatMap(({ options, path }) => [...options, path]),
    ]);
    return new Map(await Promise.all(outputs.map(async ({ file, path }) => [file, await readFile(path)] as const)));
  };
  return {
    directory,
    makeAll,
    async make(file, sound, options = []) {
      return (await makeAll(sound, [{ file, options }])).get(file) ?? Buffer.alloc(0);
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

/** A minute of music: 44.1 kHz stereo, Ogg Vorbis. */
export const MUSIC_FILE = new URL('../media/vibe-ace.ogg', import.meta.url).pathname;

/** A different tone in each channel. */
export function twoTones(seconds: number, rate = 44_100): Sound {
  return { lavfi: `aevalsrc=0.2*sin(2*PI*440*t)|0.2*sin(2*PI*660*t):s=${rate}:d=${seconds}` };
}

/** The same tone in both channels. */
export function tone(frequency: number, seconds: number): Sound {
  return { lavfi: `aevalsrc=0.2*sin(2*PI*${frequency}*t)|0.2*sin(2*PI*${frequency}*t):s=48000:d=${seconds}` };
}

/** The same noise in both channels and in every run. */
export function noise(color: 'pink' | 'white', seconds: number, rate = 48_000): Sound {
  const mono = `anoisesrc=color=${color}:amplitude=0.1:sample_rate=${rate}:duration=${seconds}:seed=1`;
  return { lavfi: `${mono},aformat=channel_layouts=stereo` };
}

/** The ffmpeg options for a kind of source, and the service's name for its format. */
export type SourceKind = MediaFile & { readonly format: string };

/** Every kind of source that must be supported. */
export const SOURCE_KINDS: Readonly<Record<string, SourceKind>> = {
  MP3: { file: 'a.mp3', options: ['-c:a', 'libmp3lame', '-b:a', '128k'], format: 'mp3/mp3' },
  AAC: { file: 'a.aac', options: ['-c:a', 'aac'], format: 'adts/aac' },
  FLAC: { file: 'a.flac', options: [], format: 'flac/flac' },
  'Ogg Vorbis': { file: 'vorbis.ogg', options: ['-c:a', 'libvorbis'], format: 'ogg/vorbis' },
  WAV: { file: 'a.wav', options: [], format: 'wav/pcm_s16le' },
  'M4A with its index first': { file: 'first.m4a', options: ['-movflags', '+faststart'], format: 'mp4/aac' },
  'M4A with its index last': { file: 'last.m4a', options: [], format: 'mp4/aac' },
  'Ogg Opus': { file: 'opus.opus', options: ['-c:a', 'libopus'], format: 'ogg/opus' },
  'WebM audio': { file: 'a.webm', options: ['-c:a', 'libopus'], format: 'webm/opus' },
};
