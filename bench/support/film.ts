import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MEDIA_FFMPEG } from '../../test/support/ffmpeg.ts';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);

/** Returns a film with a moving picture at 25 frames per second and a tone, as MP4. */
export async function makeFilm({ seconds, size }: { seconds: number; size: string }): Promise<Buffer> {
  using folder = temporaryFolder();
  const file = join(folder.path, 'film.mp4');
  await run(MEDIA_FFMPEG, [
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=25:d=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=440:r=48000:d=${seconds}`, '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-movflags', '+faststart', file],
  ]);
  return await readFile(file);
}
