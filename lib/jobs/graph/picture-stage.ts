import { sourcesOf } from '#lib/jobs/plan/clip-sources.ts';
import type { JobPlan, PlannedPicture } from '#lib/jobs/plan/job-plan.ts';
import type { ClipSource, PlannedClip } from '#lib/jobs/plan/planned-clip.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import { outputTarget } from './output-targets.ts';
import type { EncodeStage, StageFiles } from './stage.ts';
import { windowStage } from './window-stage.ts';

/** Seconds before the frame from which the clip is put on the grid: the frame may repeat one that began earlier. */
const LEAD_SECONDS = 2;

type PictureStageOptions = StageFiles & {
  readonly plan: JobPlan;
  readonly output: PlannedPicture;
  readonly index: number;
};

/** Returns the stage that makes one picture and decodes no more of the timeline than it needs. */
export function pictureStage({ plan, output, index, files, folder }: PictureStageOptions): EncodeStage {
  const clips = plan.clips.flatMap((clip) => shortened(clip, output.frame, perSecond(plan.fps)));
  const options = { plan, mix: plan.mix, files, folder };
  return windowStage(`picture ${index + 1}`, clips, (span) => [outputTarget(output, index, span)], options);
}

/** Returns the end of the clip up to the frame, if the frame is in it. */
function shortened(clip: PlannedClip, frame: number, framesPerSecond: number): PlannedClip[] {
  const within = frame - clip.firstFrame;
  if (within < 0 || within >= clip.frames) return [];
  // Opened later, an input whose last frame stays for long would have none.
  const present = clip.frames - Math.max(...sourcesOf([clip]).map(({ picture }) => picture?.padding ?? 0));
  const skipped = Math.max(0, Math.min(present, within - Math.ceil(LEAD_SECONDS * framesPerSecond)));
  const frames = within - skipped + 1;
  const later = <Source extends ClipSource>(source: Source): Source => ({
    ...source,
    from: source.from + skipped / framesPerSecond,
    picture: source.picture && { ...source.picture, padding: Math.min(frames, source.picture.padding) },
  });
  const transition = clip.transition && {
    ...clip.transition,
    // What was cut off is missing in between.
    after: { ...later(clip.transition.after), continues: false },
    skipped: { ...clip.transition.skipped, frames: clip.transition.skipped.frames + skipped },
  };
  return [{ ...later(clip), firstFrame: clip.firstFrame + skipped, frames, transition }];
}
