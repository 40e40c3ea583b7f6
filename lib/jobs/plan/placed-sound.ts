import { SHORTEST_SECONDS } from './input-range.ts';
import type { PlacedSound } from './sound-program.ts';
import type { Range } from './timeline-range.ts';

/** Seconds in which sound becomes silent where it is cut: short enough to sound like a cut, long enough not to click. */
export const DECLICK_SECONDS = 0.003;

/** A sound that a step adds to a timeline. Times are exact seconds. */
export type AddedSound = Pick<PlacedSound, 'step' | 'source' | 'part' | 'begins' | 'volume' | 'duck'> & {
  /** The range of the timeline that the step changes. */
  readonly range: Range;
  /** Whether it begins again until the end of the range. */
  readonly isLooped: boolean;
  /** How long it becomes louder at its start, and quieter at its end. */
  readonly fadeInSeconds: number;
  readonly fadeOutSeconds: number;
  /** Factor of what was heard before, in the range. */
  readonly originalVolume: number;
};

/** Returns where a sound is heard on a timeline of this length. It fades for a moment where it is cut. */
export function placedSound(sound: AddedSound, length: number): PlacedSound {
  const { range, fadeInSeconds, fadeOutSeconds, originalVolume, ...rest } = sound;
  const { part, begins } = rest;
  const ends = begins + part.to - part.from;
  const isLooped = rest.isLooped && ends < range.to - SHORTEST_SECONDS;
  const heard = { from: Math.max(range.from, begins), to: isLooped ? range.to : Math.min(range.to, ends) };
  const isCutAtStart = part.from > 0 || heard.from > begins;
  const isCutAtEnd = heard.to < length - SHORTEST_SECONDS;
  const shortest = Math.min(DECLICK_SECONDS, Math.max(0, heard.to - heard.from) / 2);
  const rises = Math.max(fadeInSeconds, isCutAtStart ? shortest : 0);
  const falls = Math.max(fadeOutSeconds, isCutAtEnd ? shortest : 0);
  return {
    ...rest,
    ...{ isLooped, heard },
    fadeIn: { from: heard.from, to: heard.from + rises },
    fadeOut: { from: heard.to - falls, to: heard.to },
    original: { ...range, volume: originalVolume },
  };
}
