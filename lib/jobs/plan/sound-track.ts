import { AppError } from '#lib/errors.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { StepOf } from '#lib/jobs/spec/steps.ts';
import { chosen, rangeOf, SHORTEST_SECONDS, shownSeconds } from './input-range.ts';
import type { PlannedClip, SoundClip } from './job-plan.ts';
import { SAMPLE_RATE } from './rates.ts';
import { refusal } from './refusal.ts';

/** A part of a sound track in exact seconds. The times of silence count from its start. */
export type SoundPart = {
  readonly from: number;
  readonly to: number;
  readonly source: Omit<NonNullable<SoundClip['source']>, 'from'> | null;
};

/** Times that a part of an input may begin again: each is opened anew. */
const MOST_REPEATS = 1_000;

type TrackOptions = {
  /** Number of the step. */
  readonly index: number;
  readonly spec: Pick<JobSpec, 'on_damage'>;
  readonly facts: ReadonlyMap<string, MediaFacts>;
  /** Length of the timeline, seconds. */
  readonly length: number;
  readonly warn: (text: string) => void;
};

/**
 * Returns the sound of a timeline that an input replaces: silence up to `offset`, the input once or until the end, and
 * silence. Throws when the input has no sound, for ranges past an end, and LIMIT_EXCEEDED for too many repeats.
 */
export function soundTrack(step: StepOf<'audio'>, { index, spec, facts, length, warn }: TrackOptions): SoundPart[] {
  const { input: clip, offset, volume, loop } = step;
  const { input } = clip;
  const place = { field: `steps[${index}].input`, input, step: index };
  const media = facts.get(input);
  if (media === undefined) throw refusal(place, `inputs.${input} was not probed`, { code: 'INTERNAL_ERROR' });
  const sound = chosen(media.streams.filter((stream) => stream.kind === 'sound'));
  if (sound === undefined) throw refusal(place, `inputs.${input} has no sound`);
  if (offset >= length - SHORTEST_SECONDS) {
    const message = `offset is ${offset}, not before the end of the timeline at ${shownSeconds(length)} s`;
    throw refusal({ ...place, field: `steps[${index}].offset` }, message, { value: offset });
  }
  const ends = sound.endSeconds ?? media.seconds ?? 0;
  const keepsDamaged = spec.on_damage === 'keep';
  const { from, to } = rangeOf(clip, { facts: media, place, length: ends, keepsDamaged, warn });
  const source = { input, container: media.container, stream: sound.index, volume };
  const repeats = loop ? Math.ceil((length - offset - SHORTEST_SECONDS) / (to - from)) : 1;
  if (repeats > MOST_REPEATS) throw tooShort({ repeats, part: to - from, input, index });
  const parts: SoundPart[] = [{ from: 0, to: offset, source: null }];
  for (let number = 0; number < repeats; number += 1) {
    const left = length - offset - number * (to - from);
    parts.push({ from, to: Math.min(to, from + left), source });
  }
  parts.push({ from: 0, to: Math.max(0, length - offset - repeats * (to - from)), source: null });
  return parts.filter((part) => part.to > part.from);
}

type Repeats = { readonly repeats: number; readonly part: number; readonly input: string; readonly index: number };

function tooShort({ repeats, part, input, index }: Repeats): AppError {
  const where = { field: `steps[${index}].loop`, input, step: index, phase: 'probing' };
  const details = { limit: 'sound_repeats', value: repeats, max: MOST_REPEATS, ...where };
  const message = `${shownSeconds(part)} s of inputs.${input} would repeat ${repeats} times; the limit is ${MOST_REPEATS}`;
  return new AppError('LIMIT_EXCEEDED', details, { message });
}

/** Puts the parts of a track on the grid of samples. Each boundary is rounded by itself, so nothing drifts. */
export function soundClipsOf(parts: readonly SoundPart[], samples: number): SoundClip[] {
  const clips: SoundClip[] = [];
  let [time, sample] = [0, 0];
  for (const { from, to, source } of parts) {
    time += to - from;
    const next = Math.min(samples, Math.round(time * SAMPLE_RATE));
    if (next > sample) {
      clips.push({ firstSample: sample, samples: next - sample, source: source && { ...source, from } });
    }
    sample = Math.max(sample, next);
  }
  return sample < samples ? [...clips, { firstSample: sample, samples: samples - sample, source: null }] : clips;
}

/** Returns the sound of clips as a track. */
export function trackOf(clips: readonly PlannedClip[]): SoundClip[] {
  return clips.map(({ firstSample, samples, input, container, from, sound }) => {
    const source = sound === null ? null : { input, container, stream: sound, from, volume: 1 };
    return { firstSample, samples, source };
  });
}
