import { basename } from 'node:path';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';
import { presentPlaces } from '#lib/ffmpeg/places.ts';

/** The ffmpeg that the host runs, and the one that everybody has: absolute paths. */
export type Ffmpegs = { readonly ours: string; readonly distribution: string };

/**
 * FFMPEG_PATH, as the host takes it too, else the audio layer.
 * Throws an Error with the command that helps when one is not there.
 */
export async function findFfmpegs(): Promise<Ffmpegs> {
  const distribution = findOnPath('ffmpeg', '/usr/bin:/bin:/usr/local/bin');
  if (distribution === undefined) {
    throw new Error('the baseline needs the distribution’s ffmpeg: apt-get install ffmpeg');
  }
  const [best] = await presentPlaces('audio', process.env['PATH'] ?? '');
  const layer = best !== undefined && basename(best.path).startsWith('ffmpeg-audio') ? best.path : undefined;
  const ours = process.env['FFMPEG_PATH'] || layer;
  if (ours === undefined) {
    throw new Error('there is no audio layer: npm run build:layers -- audio (or name another ffmpeg in FFMPEG_PATH)');
  }
  return { ours, distribution };
}
