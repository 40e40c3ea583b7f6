import type { MediaFacts, PictureFacts, SoundFacts } from '#lib/jobs/media/facts.ts';
import { holdsStill } from '#lib/jobs/media/formats.ts';
import { baseOf } from '#lib/jobs/spec/base.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { ClipSpec, Step, StepOf } from '#lib/jobs/spec/steps.ts';
import { audioStep } from './audio-step.ts';
import { chosen, type InputPlace, rangeOf, SHORTEST_SECONDS } from './input-range.ts';
import { pipSound } from './pip-sound.ts';
import { drawingStep, type PlacedLayer, placedLayer, trimmedLayers } from './placed-layers.ts';
import { type PlacedSubtitles, placedSubtitles, trimmedSubtitles } from './placed-subtitles.ts';
import { type Place, refusal } from './refusal.ts';
import { cutSound, OWN_SOUND, type SoundProgram, withSound } from './sound-program.ts';
import { type Range, timelineRange } from './timeline-range.ts';

export type Facts = ReadonlyMap<string, MediaFacts>;

/** A part of an input on the timeline, in exact seconds. */
export type Segment = {
  readonly place: InputPlace;
  readonly facts: MediaFacts;
  readonly picture: PictureFacts | undefined;
  readonly sound: SoundFacts | undefined;
  readonly isStill: boolean;
  readonly from: number;
  readonly to: number;
};

export type TimelineOptions = {
  /** Whether an output has a picture. The picture then decides how long a clip is. */
  readonly needsPicture: boolean;
  readonly warn: (text: string) => void;
};

/** What is shown and heard, after some steps. */
type Timeline = {
  readonly segments: readonly Segment[];
  readonly sound: SoundProgram;
  readonly subtitles: readonly PlacedSubtitles[];
  /** What is drawn over the picture, in the order of the steps. */
  readonly layers: readonly PlacedLayer[];
};

/** The timeline as the steps leave it, and the clips that it was made of. */
export type SteppedTimeline = Timeline & { readonly clips: readonly Segment[]; readonly seconds: number };

/** Returns the timeline. Throws for a part that is wholly past the end, and for damage. */
export function timelineOf(spec: JobSpec, facts: Facts, options: TimelineOptions): SteppedTimeline {
  const [first] = spec.steps;
  const base = baseOf(spec) ?? '';
  const parts: (Place & { readonly clip: ClipSpec })[] =
    first?.op === 'concat'
      ? first.inputs.map((clip, index) => ({ field: `steps[0].inputs[${index}]`, step: 0, clip }))
      : [{ field: `inputs.${base}`, clip: { input: base } }];
  const clips = parts.map(({ clip, ...place }) => segmentOf(clip, { ...place, spec, facts, ...options }));
  const start: Timeline = { segments: clips, sound: OWN_SOUND, subtitles: [], layers: [] };
  const timeline = spec.steps.reduce<Timeline>((current, step, index) => {
    return stepped(current, step, { index, spec, facts, warn: options.warn });
  }, start);
  return { clips, seconds: secondsOf(timeline.segments), ...timeline };
}

type Surroundings = Place &
  TimelineOptions & {
    readonly spec: JobSpec;
    readonly facts: Facts;
    /** How long a still picture is shown that has no length of its own. */
    readonly stillSeconds?: number;
  };

/** Returns a part of an input. Throws for one that is wholly past the end, and for damage. */
function segmentOf(clip: ClipSpec, options: Surroundings): Segment {
  const { field, step, spec, facts: all, needsPicture, warn, stillSeconds = STILL_SECONDS } = options;
  const { input } = clip;
  const facts = all.get(input);
  const place = { field, input, step };
  if (facts === undefined) throw refusal(place, `inputs.${input} was not probed`, { code: 'INTERNAL_ERROR' });
  const picture = chosen(facts.streams.filter((stream) => stream.kind === 'picture'));
  const sound = chosen(facts.streams.filter((stream) => stream.kind === 'sound'));
  if (needsPicture && picture === undefined) throw refusal(place, `inputs.${input} has no picture`);
  const isStill = picture !== undefined && sound === undefined && (holdsStill(facts.container) || picture.frames === 1);
  const shown = spec.inputs[input]?.seconds;
  if (shown !== undefined && !isStill) warn(`inputs.${input}.seconds has no effect: the input is not a still picture`);
  const length = isStill ? (shown ?? stillSeconds) : lengthOf({ facts, picture, sound, needsPicture });
  const range = rangeOf(clip, { facts, place, length, keepsDamaged: spec.on_damage === 'keep', warn });
  return { place, facts, picture, sound, isStill, ...range };
}

/** `seconds`: how long the step is. */
type PipSegmentOptions = StepOptions & { readonly seconds: number };

/** Returns what a picture in the picture shows. A still picture without a length of its own is as long as the step. */
export function pipSegment({ input }: StepOf<'pip'>, { index, seconds, ...rest }: PipSegmentOptions): Segment {
  const place = { field: `steps[${index}].input`, step: index };
  return segmentOf(input, { ...rest, ...place, needsPicture: true, stillSeconds: Math.max(seconds, input.to ?? 0) });
}

/** How long a picture is shown. */
const STILL_SECONDS = 5;

function lengthOf({
  facts,
  picture,
  sound,
  needsPicture,
}: Pick<Segment, 'facts' | 'picture' | 'sound'> & { needsPicture: boolean }) {
  const [first, second] = needsPicture ? [picture, sound] : [sound, picture];
  return (first ?? second)?.endSeconds ?? facts.seconds ?? 0;
}

type StepOptions = Pick<Surroundings, 'spec' | 'facts' | 'warn'> & { readonly index: number };

function stepped(timeline: Timeline, step: Step, options: StepOptions): Timeline {
  const length = secondsOf(timeline.segments);
  const { index, spec, facts, warn } = options;
  if (step.op === 'audio') {
    const added = audioStep(step, { index, spec, facts, length, warn });
    return { ...timeline, sound: withSound(timeline.sound, added, length) };
  }
  const drawing = drawingStep(step);
  if (drawing !== undefined) {
    const layer = placedLayer(drawing, { index, length, warn });
    const layers = [...timeline.layers, layer];
    if (drawing.op !== 'pip') return { ...timeline, layers };
    const segment = pipSegment(drawing, { ...options, seconds: layer.to - layer.from });
    const sound = pipSound(drawing, { index, segment, range: layer, length, warn });
    return { ...timeline, layers, ...(sound !== undefined && { sound: withSound(timeline.sound, sound, length) }) };
  }
  if (step.op === 'subtitles') {
    return { ...timeline, subtitles: [...timeline.subtitles, placedSubtitles(step, { index, length })] };
  }
  return step.op === 'trim' ? trimmed(timeline, step, { index, length, warn }) : timeline;
}

type TrimOptions = Pick<StepOptions, 'index' | 'warn'> & { readonly length: number };

function trimmed(
  { segments, sound, subtitles, layers }: Timeline,
  step: StepOf<'trim'>,
  { index, length, warn }: TrimOptions,
): Timeline {
  const range = timelineRange(step, { place: { field: `steps[${index}]`, step: index }, length, warn });
  return {
    segments: cutOutOf(segments, range),
    sound: cutSound(sound, range),
    subtitles: subtitles.map((placed) => trimmedSubtitles(placed, range)),
    layers: trimmedLayers(layers, range),
  };
}

/** Returns what is in a range of parts that follow each other. */
function cutOutOf<Part extends Range>(parts: readonly Part[], range: Range): Part[] {
  let start = 0;
  return parts.flatMap((part) => {
    const begins = start;
    start += part.to - part.from;
    const first = Math.max(begins, range.from);
    const last = Math.min(start, range.to);
    const moved = { ...part, from: part.from + first - begins, to: part.from + last - begins };
    return last - first > SHORTEST_SECONDS ? [moved] : [];
  });
}

function secondsOf(parts: readonly Range[]): number {
  return parts.reduce((sum, { from, to }) => sum + to - from, 0);
}
