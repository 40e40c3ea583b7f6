import { MOST_OPEN_PIXELS, openPixels, pipPixels } from '#lib/jobs/plan/open-pictures.ts';
import type { PlannedClip } from '#lib/jobs/plan/planned-clip.ts';
import type { PlannedLayer } from '#lib/jobs/plan/planned-layers.ts';
import type { SoundClip } from '#lib/jobs/plan/planned-mix.ts';
import { openingsOf } from './openings.ts';

/** Most clips that one ffmpeg opens. */
export const MOST_CLIPS = 16;
/** A chunk of fewer frames does not join exactly. */
const FEWEST_FRAMES = 3;

/** Divides the clips into runs, each of which one ffmpeg encodes. Pictures over them count, too. */
export function runsOf(clips: readonly PlannedClip[], layers: readonly PlannedLayer[] = []): PlannedClip[][] {
  const runs: PlannedClip[][] = [];
  for (const clip of clips) {
    const run = runs.at(-1);
    if (run !== undefined && (framesOf(run) < FEWEST_FRAMES || fitTogether([...run, clip], layers))) run.push(clip);
    else runs.push([clip]);
  }
  return withoutShortEnd(runs);
}

function fitTogether(run: readonly PlannedClip[], layers: readonly PlannedLayer[]): boolean {
  const openings = openingsOf(run);
  const firstFrame = run[0]?.firstFrame ?? 0;
  const frames = run.reduce((sum, clip) => sum + clip.frames, 0);
  const pips = pipPixels(layers, { firstFrame, frames });
  const pixels = openings.reduce((sum, { picture }) => sum + openPixels(picture), pips);
  return openings.length <= MOST_CLIPS && pixels <= MOST_OPEN_PIXELS;
}

/** Divides a sound track into runs. Nothing is cut at their ends but where the track itself changes. */
export function trackRunsOf(track: readonly SoundClip[]): SoundClip[][] {
  return Array.from({ length: Math.ceil(track.length / MOST_CLIPS) }, (_, run) =>
    track.slice(run * MOST_CLIPS, (run + 1) * MOST_CLIPS),
  );
}

/** Moves clips from the run before the last until the last one is long enough. */
function withoutShortEnd(runs: PlannedClip[][]): PlannedClip[][] {
  const [before, last] = [runs.at(-2), runs.at(-1)];
  if (before === undefined || last === undefined || framesOf(last) >= FEWEST_FRAMES) return runs;
  const moved = before.pop();
  if (moved !== undefined) last.unshift(moved);
  if (before.length === 0) runs.splice(-2, 1);
  else if (framesOf(before) < FEWEST_FRAMES) runs.splice(-2, 2, [...before, ...last]);
  return withoutShortEnd(runs);
}

/** Frames of a run; without pictures any length will do. */
function framesOf(run: readonly PlannedClip[]): number {
  return run.some(({ picture }) => picture !== null)
    ? run.reduce((sum, { frames }) => sum + frames, 0)
    : Number.POSITIVE_INFINITY;
}
