import type { ClipSource, PlannedClip } from './planned-clip.ts';

/** Returns what clips show and play, in order: a transition has two sources. */
export function sourcesOf(clips: readonly PlannedClip[]): ClipSource[] {
  return clips.flatMap((clip) => (clip.transition === null ? [clip] : [clip, clip.transition.after]));
}
