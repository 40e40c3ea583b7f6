import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MUSIC_FILE } from '../../test/support/media.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A temporary folder of music; `using` removes it. */
export type TrackFolder = Disposable & {
  /** Length of each track. */
  readonly seconds: number;
  /** Returns `count` different pieces of music as MP3 files with 192 kbit/s, created on first use. */
  tracks(count: number): Promise<string[]>;
  /** Returns the first track, repeated `times` times. */
  looped(times: number): Promise<string>;
  /** Returns the first track in another codec, from ffmpeg's output options. */
  recoded(name: string, options: readonly string[]): Promise<string>;
};

const MP3 = ['-c:a', 'libmp3lame', '-b:a', '192k'];
const run = promisify(execFile);

export function createTrackFolder(ffmpeg: string, seconds: number): TrackFolder {
  const folder = temporaryFolder();
  const made = new Map<string, Promise<string>>();

  function make(name: string, args: readonly string[]): Promise<string> {
    const file = join(folder.path, name);
    const known = made.get(name) ?? run(ffmpeg, ['-v', 'error', ...args, file]).then(() => file);
    made.set(name, known);
    return known;
  }

  /** Each starts at a different position in the same minute of music and has a different speed, so that all differ. */
  function track(index: number): Promise<string> {
    const input = ['-stream_loop', '-1', '-ss', String(index * 5), '-i', MUSIC_FILE];
    return make(`${index}.mp3`, [...input, '-af', `atempo=${1 + index / 50}`, '-t', String(seconds), ...MP3]);
  }

  return {
    seconds,
    async tracks(count) {
      const files: string[] = [];
      for (let index = 0; index < count; index += 1) files.push(await track(index));
      return files;
    },
    looped: async (times) =>
      await make(`${times}-times.mp3`, ['-stream_loop', String(times - 1), '-i', await track(0), '-c', 'copy']),
    recoded: async (name, options) => await make(name, ['-i', await track(0), ...options]),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
