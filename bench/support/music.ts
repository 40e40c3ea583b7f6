import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MUSIC = fileURLToPath(new URL('../../test/media/vibe-ace.ogg', import.meta.url));

export type Music = AsyncDisposable & { readonly file: string };

/** Three minutes of real music as an MP3 of 192 kbit/s, in a temporary folder. */
export async function makeMusic(ffmpeg: string): Promise<Music> {
  const folder = await mkdtemp(join(tmpdir(), 'ffmpeg-functions-bench-'));
  const file = join(folder, 'music.mp3');
  const args = [
    '-v',
    'error',
    '-stream_loop',
    '2',
    '-i',
    MUSIC,
    '-t',
    '180',
    '-c:a',
    'libmp3lame',
    '-b:a',
    '192k',
    file,
  ];
  await promisify(execFile)(ffmpeg, args);
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
