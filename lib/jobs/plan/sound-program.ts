import type { Range } from './timeline-range.ts';

/**
 * What is heard on a timeline: the sound of its clips or silence, and what steps have added to it, in order. All times are
 * exact seconds.
 */
export type SoundProgram = {
  readonly base: 'clips' | 'silence';
  readonly added: readonly PlacedSound[];
};

/** What one step changes about the sound of a timeline. */
export type PlacedSound = {
  /** Number of the step. */
  readonly step: number;
  readonly source: {
    readonly input: string;
    readonly container: string;
    readonly stream: number;
    readonly isMono: boolean;
  };
  /** The part of the input, in its own time. */
  readonly part: Range;
  /** Whether the part begins again at its end. */
  readonly isLooped: boolean;
  /** Where the part begins on the timeline, for the first time. It may lie before its start. */
  readonly begins: number;
  /** Where it is heard. */
  readonly heard: Range;
  /** Factor of its amplitude. */
  readonly volume: number;
  /** Where it becomes louder from silence, and silent again. They may lie before or after what is heard. */
  readonly fadeIn: Range;
  readonly fadeOut: Range;
  /** Where what was heard before gets another volume, as a factor of the amplitude. */
  readonly original: Range & { readonly volume: number };
  /** dB by which it is lowered while a voice was heard before. */
  readonly duck: number;
};

/** The sound of a timeline that no step has changed. */
export const OWN_SOUND: SoundProgram = { base: 'clips', added: [] };

/** Returns whether steps have changed what is heard. */
export function isChanged({ base, added }: SoundProgram): boolean {
  return base === 'silence' || added.length > 0;
}

/** Returns a program with one more sound. `length`: that of the timeline. */
export function withSound({ base, added }: SoundProgram, sound: PlacedSound, length: number): SoundProgram {
  return relevant({ base, added: [...added, sound] }, length);
}

/** Returns what is heard in a range of a timeline. Each time of a program is moved here. */
export function cutSound({ base, added }: SoundProgram, range: Range): SoundProgram {
  const length = range.to - range.from;
  const moved = (part: Range): Range => ({ from: part.from - range.from, to: part.to - range.from });
  const cut = added.map((sound) => ({
    ...sound,
    begins: sound.begins - range.from,
    heard: within(moved(sound.heard), length),
    fadeIn: moved(sound.fadeIn),
    fadeOut: moved(sound.fadeOut),
    original: { ...within(moved(sound.original), length), volume: sound.original.volume },
  }));
  return relevant({ base, added: cut }, length);
}

/** Returns whether anything of a range is left. */
export function isHeard({ from, to }: Range): boolean {
  return to > from;
}

function within({ from, to }: Range, length: number): Range {
  return { from: Math.max(0, from), to: Math.min(length, to) };
}

/** Leaves out what is not heard: sounds outside the timeline, and all that a later step replaces over its whole length. */
function relevant({ base, added }: SoundProgram, length: number): SoundProgram {
  const kept = added.filter(({ heard, original }) => isHeard(heard) || (isHeard(original) && original.volume !== 1));
  const last = kept.findLastIndex(({ original: { from, to, volume } }) => volume === 0 && from <= 0 && to >= length);
  return last < 0 ? { base, added: kept } : { base: 'silence', added: kept.slice(last).filter(isAdded) };
}

/** A step that only silences what was before is not needed over silence. */
function isAdded({ heard }: PlacedSound, index: number): boolean {
  return index > 0 || isHeard(heard);
}
