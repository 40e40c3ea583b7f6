import { fontsOf } from '#lib/ffmpeg/fonts/fonts.ts';
import { type KnownFonts, namedFonts } from '#lib/jobs/plan/fonts.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { JobPrograms } from './run-tools.ts';

/** Returns the fonts of the ffmpeg that runs jobs, if a job names a font: the list is long. */
export async function knownFonts(
  spec: Pick<JobSpec, 'steps'>,
  { ffmpeg }: Pick<JobPrograms, 'ffmpeg'>,
): Promise<KnownFonts | undefined> {
  return namedFonts(spec).length === 0 ? undefined : await fontsOf(ffmpeg.path);
}
