import type { PlannedFilm, PlannedRecording } from '#lib/jobs/plan/job-plan.ts';
import { AAC_FRAME } from '#lib/jobs/plan/package-cuts.ts';
import { perSecond, SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';

/** Key frames that the encoder would set by itself are farther apart than the longest segment. */
const KEY_FRAMES = ['-g', '600', '-sc_threshold', '0', '-forced-idr', '1'];

/** Pictures above this size, such as 1440p, keep fewer frames: a ladder from 2160p on needs 2.0 GB of memory otherwise. */
const LARGE_PIXELS = 1_920 * 1_088;
const FEWER_FRAMES = ['-rc-lookahead', '10', '-threads', '4'];

/**
 * Returns the options of the video encoder for a file of a package: key frames at the cuts and nowhere else, so that all
 * sizes have them at the same frames, and a bound for what a second may use. `firstFrame`: the number in the film of
 * the first frame that is encoded.
 */
export function packagedVideo({ frames, geometry, packaged }: PlannedFilm, firstFrame: number): string[] {
  if (packaged === undefined) return [];
  const { segments, mostKilobits } = packaged;
  const cutsUpTo = (frame: string) => `floor(${frame}*${segments}/${frames})`;
  const isCut = `gt(${cutsUpTo(`(n+${firstFrame})`)},${cutsUpTo(`(n+${firstFrame - 1})`)})`;
  return [
    ...KEY_FRAMES,
    ...(geometry.width * geometry.height > LARGE_PIXELS ? FEWER_FRAMES : []),
    ...(segments > 1 ? ['-force_key_frames', `expr:${isCut}`] : []),
    ...['-maxrate', `${mostKilobits}k`, '-bufsize', `${mostKilobits}k`],
  ];
}

/** One file with an index of its fragments in front. Its edit list leaves out the encoder's delay (ISO/IEC 23000-19). */
const FRAGMENTS = ['-use_editlist', '1', '-f', 'mp4'];
const FLAGS = '+cmaf+delay_moov+global_sidx';

/** Returns the options of the container for a film in a package: a fragment for each planned segment. */
export function filmFragments({ frames, fps, packaged }: PlannedFilm): string[] {
  // Films that are joined from runs have further key frames, where a run begins.
  const shortest = (Math.floor(frames / (packaged?.segments ?? 1)) - 0.5) / perSecond(fps);
  return ['-movflags', `${FLAGS}+frag_keyframe`, '-min_frag_duration', microseconds(shortest), ...FRAGMENTS];
}

/** Returns the options of the container for the sound of a package. */
export function soundFragments({ packaged }: PlannedRecording): string[] {
  // A fragment ends with the first packet that reaches the duration.
  const length = (((packaged?.framesPerSegment ?? 0) - 0.5) * AAC_FRAME) / SAMPLE_RATE;
  return ['-movflags', FLAGS, '-frag_duration', microseconds(length), ...FRAGMENTS];
}

function microseconds(seconds: number): string {
  return String(Math.round(seconds * 1e6));
}
