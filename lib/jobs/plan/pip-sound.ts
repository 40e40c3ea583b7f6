import type { SoundFacts } from '#lib/jobs/media/facts.ts';
import type { StepOf } from '#lib/jobs/spec/steps.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { placedSound } from './placed-sound.ts';
import type { PlannedLayer } from './planned-layers.ts';
import { perSecond } from './rates.ts';
import type { PlacedSound, SoundProgram } from './sound-program.ts';
import type { Range } from './timeline-range.ts';

type PipSoundOptions = {
  /** Number of the step. */
  readonly index: number;
  /** What is shown of the input: its sound is heard for as long. */
  readonly segment: Range & { readonly facts: { readonly container: string }; readonly sound: SoundFacts | undefined };
  /** Where it is shown on the timeline. */
  readonly range: Range;
  /** Length of the timeline, seconds. */
  readonly length: number;
  readonly warn: (text: string) => void;
};

/** Returns the sound of a picture in the picture, which is mixed with what was heard before; undefined for silence. */
export function pipSound(step: StepOf<'pip'>, options: PipSoundOptions): PlacedSound | undefined {
  const { index, segment, range, length, warn } = options;
  const { volume } = step;
  const { input } = step.input;
  if (volume === 0) return undefined;
  const { sound, facts, from, to } = segment;
  if (sound === undefined || sound.startSeconds >= to || (sound.endSeconds ?? to) <= from) {
    warn(`steps[${index}].volume has no effect: inputs.${input} has no sound there`);
    return undefined;
  }
  const source = { input, container: facts.container, stream: sound.index, isMono: sound.channels === 1 };
  return placedSound(
    {
      ...{ step: index, source, part: { from, to }, begins: range.from, range, isLooped: step.at_end === 'loop' },
      ...{ volume, duck: 0, fadeInSeconds: 0, fadeOutSeconds: 0, originalVolume: 1 },
    },
    length,
  );
}

/** Returns a program in which the sounds of pictures that begin again do so with their picture, after whole frames. */
export function inStep(program: SoundProgram, layers: readonly PlannedLayer[], fps: FrameRate): SoundProgram {
  const rounds = new Map(
    layers.flatMap((layer) => (layer.kind === 'pip' && layer.isLooped ? [[layer.step, layer.frames] as const] : [])),
  );
  const added = program.added.map((sound) => {
    const frames = rounds.get(sound.step);
    if (frames === undefined) return sound;
    return { ...sound, part: { from: sound.part.from, to: sound.part.from + frames / perSecond(fps) } };
  });
  return { ...program, added };
}
