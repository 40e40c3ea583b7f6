import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCandidates } from '#lib/ffmpeg/candidates.ts';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';

/** The absolute paths of the host's ffmpeg and the distribution's. */
export type Ffmpegs = { readonly ours: string; readonly distribution: string };

const BUILD = fileURLToPath(new URL('../../layers/build.ts', import.meta.url));

/**
 * Finds FFMPEG_PATH, like the host, else the audio layer, which is built if necessary (takes a few minutes, once).
 * Throws an Error that names what is missing.
 */
export async function findFfmpegs(): Promise<Ffmpegs> {
  const distribution = findOnPath('ffmpeg', '/usr/bin:/bin:/usr/local/bin');
  if (distribution === undefined) {
    throw new Error('the baseline needs the distribution’s ffmpeg: apt-get install ffmpeg');
  }
  return { ours: process.env['FFMPEG_PATH'] || (await audioLayer()), distribution };
}

async function audioLayer(): Promise<string> {
  const { status } = spawnSync(process.execPath, [BUILD, 'audio'], { stdio: ['ignore', 2, 2] });
  const [best] = status === 0 ? await findCandidates('audio', process.env['PATH'] ?? '') : [];
  if (best !== undefined && basename(best.path).startsWith('ffmpeg-audio')) return best.path;
  throw new Error('there is no audio layer to measure (set FFMPEG_PATH to another ffmpeg)');
}
