import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { StepOf } from '#lib/jobs/spec/steps.ts';
import { chosen, ROUNDING_SECONDS, rangeOf, SHORTEST_SECONDS, shownSeconds } from './input-range.ts';
import { placedSound } from './placed-sound.ts';
import { refusal } from './refusal.ts';
import type { PlacedSound } from './sound-program.ts';
import { rangeAt, requireBefore, type StepPlace } from './timeline-range.ts';

type StepOptions = {
  /** Number of the step. */
  readonly index: number;
  readonly spec: Pick<JobSpec, 'on_damage'>;
  readonly facts: ReadonlyMap<string, MediaFacts>;
  /** Length of the timeline, seconds. */
  readonly length: number;
  readonly warn: (text: string) => void;
};

/**
 * Returns the sound that a step adds. Throws when the input has no sound, for ranges past an end, and for fades that are
 * longer than what is heard.
 */
export function audioStep(step: StepOf<'audio'>, { index, spec, facts, length, warn }: StepOptions): PlacedSound {
  const { input } = step.input;
  const place = { field: `steps[${index}]`, input, step: index };
  const inputPlace = { ...place, field: `${place.field}.input` };
  const media = facts.get(input);
  if (media === undefined) throw refusal(inputPlace, `inputs.${input} was not probed`, { code: 'INTERNAL_ERROR' });
  const sound = chosen(media.streams.filter((stream) => stream.kind === 'sound'));
  if (sound === undefined) throw refusal(inputPlace, `inputs.${input} has no sound`);
  const range = rangeAt(step, { place, length, warn });
  const begins = step.offset ?? range.from;
  requireBefore(begins, { place, name: 'offset', length });
  const keepsDamaged = spec.on_damage === 'keep';
  const ends = sound.endSeconds ?? media.seconds ?? 0;
  const part = rangeOf(step.input, { facts: media, place: inputPlace, length: ends, keepsDamaged, warn });
  const placed = placedSound(
    {
      ...{
        step: index,
        source: { input, container: media.container, stream: sound.index, isMono: sound.channels === 1 },
      },
      ...{ part, begins, range, isLooped: step.loop, volume: step.volume, duck: step.duck ?? 0 },
      ...{ fadeInSeconds: step.fade_in, fadeOutSeconds: step.fade_out },
      originalVolume: step.mode === 'replace' ? 0 : (step.original_volume ?? 1),
    },
    length,
  );
  requireHeard(step, placed, place);
  return placed;
}

/** Refuses a sound of which nothing is heard, and fades that do not fit into what is. */
function requireHeard(step: StepOf<'audio'>, { heard, part, begins }: PlacedSound, place: StepPlace): void {
  const seconds = heard.to - heard.from;
  if (seconds < SHORTEST_SECONDS) {
    const end = `the end of inputs.${place.input} at ${shownSeconds(begins + part.to - part.from)} s of the timeline`;
    const message = `from is ${shownSeconds(heard.from)}, not before ${end}`;
    throw refusal({ ...place, field: `${place.field}.from` }, message, { value: heard.from });
  }
  const { fade_in: rises, fade_out: falls } = step;
  if (rises + falls <= seconds + ROUNDING_SECONDS) return;
  const name = falls > 0 ? 'fade_out' : 'fade_in';
  const message = `fade_in and fade_out have ${shownSeconds(rises + falls)} s, more than the ${shownSeconds(seconds)} s that are heard`;
  throw refusal({ ...place, field: `${place.field}.${name}` }, message, { value: step[name] });
}
