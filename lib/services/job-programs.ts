import type { Config } from '#lib/config.ts';
import { type FfmpegBinary, findFfmpeg } from '#lib/ffmpeg/binary.ts';
import { findFfprobe } from '#lib/ffmpeg/ffprobe.ts';
import type { JobPrograms } from '#lib/jobs/run/run-tools.ts';
import type { Log } from '#lib/log.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';
import { logBuild } from './ffmpeg-builds.ts';

export type FoundPrograms = JobPrograms & { readonly ffmpeg: FfmpegBinary };

/**
 * Returns a function that finds the programs for jobs once, and again after it has failed, and logs what it has found. It
 * throws UNAVAILABLE.
 */
export function findProgramsOnce(config: Config, log: Log): () => Promise<FoundPrograms> {
  return onceSuccessful(async () => {
    const programs = await findPrograms(config);
    logBuild(log, 'full', programs.ffmpeg);
    return programs;
  });
}

/** Returns the full ffmpeg and its ffprobe. Throws UNAVAILABLE. */
async function findPrograms(config: Config): Promise<FoundPrograms> {
  const { FFMPEG_PATH: ffmpegPath, PATH: path, CONFINEMENT: confinement } = config;
  const ffmpeg = await findFfmpeg({ purpose: 'full', ffmpegPath, path, confinement, required: ['encoder:libx264'] });
  return { ffmpeg, ffprobe: findFfprobe(ffmpeg, path) };
}
