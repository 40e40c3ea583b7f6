import type { Config } from '#lib/config.ts';
import { findFfmpeg } from '#lib/ffmpeg/binary.ts';
import { findFfprobe } from '#lib/ffmpeg/ffprobe.ts';
import type { JobPrograms } from '#lib/jobs/run/run-tools.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';

/** Returns a function that finds the programs for jobs once, and again after it has failed. It throws UNAVAILABLE. */
export function findProgramsOnce(config: Config): () => Promise<JobPrograms> {
  return onceSuccessful(() => findPrograms(config));
}

/** Returns the full ffmpeg and its ffprobe. Throws UNAVAILABLE. */
async function findPrograms(config: Config): Promise<JobPrograms> {
  const { FFMPEG_PATH: ffmpegPath, PATH: path, CONFINEMENT: confinement } = config;
  const ffmpeg = await findFfmpeg({ purpose: 'full', ffmpegPath, path, confinement, required: ['encoder:libx264'] });
  return { ffmpeg, ffprobe: findFfprobe(ffmpeg, path) };
}
