import type { PlannedClip } from './planned-clip.ts';
import type { SoundClip } from './planned-mix.ts';

/** Returns the sound of clips alone. */
export function trackOf(clips: readonly PlannedClip[]): SoundClip[] {
  return clips.map(({ firstSample, samples, input, container, from, sound, isMono }) => {
    const source = sound === null ? null : { input, container, stream: sound, isMono, from };
    return { firstSample, samples, source };
  });
}
