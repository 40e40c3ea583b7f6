import { isUnmeasured } from './plan/copy/cutting.ts';
import type { PlannedOutput } from './plan/job-plan.ts';
import { NOT_COPIED } from './plan/ladder.ts';
import type { JobOutput } from './record.ts';

export type Treatment = Pick<JobOutput, 'video' | 'audio' | 'not_copied_because'>;

/** Returns which streams of an output are copied, and why the others are not. */
export function treatmentOf(output: PlannedOutput): Treatment {
  if (output.kind === 'picture') {
    return { video: 'encoded', audio: null, not_copied_because: 'video: a frame is encoded as a picture' };
  }
  if (output.kind === 'animation') {
    return { video: 'encoded', audio: null, not_copied_because: 'video: an animation is encoded from single frames' };
  }
  if (output.kind === 'package') {
    const video = output.films.length === 0 ? null : 'encoded';
    return { video, audio: output.sound && 'encoded', not_copied_because: NOT_COPIED };
  }
  const { notCopiedBecause: because } = output;
  if (output.kind === 'copy') {
    const { picture, sound } = output;
    return { video: picture && 'copied', audio: sound?.treatment ?? null, not_copied_because: because };
  }
  const video = output.kind === 'sound' || isUnmeasured(because ?? '') ? null : 'encoded';
  return { video, audio: output.sound && 'encoded', not_copied_because: because };
}
