import type { MediaFacts, PictureFacts, SoundFacts } from '#lib/jobs/media/facts.ts';
import { holdsStill } from '#lib/jobs/media/formats.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { ClipSpec } from '#lib/jobs/spec/steps.ts';
import { type Place, refusal } from './refusal.ts';

export type Facts = ReadonlyMap<string, MediaFacts>;

/** A part of an input on the timeline, in exact seconds. */
export type Segment = {
  readonly place: Place & { readonly input: string };
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

/** The timeline as the steps leave it, and the clips that it was made of. */
export type SteppedTimeline = { readonly clips: readonly Segment[]; readonly segments: readonly Segment[] };

/** Returns the timeline. Throws for a part that is wholly past the end, and for damage. */
export function timelineOf(spec: JobSpec, facts: Facts, options: TimelineOptions): SteppedTimeline {
  const [first] = spec.steps;
  const base = spec.base ?? Object.keys(spec.inputs)[0] ?? '';
  const parts: (Place & { readonly clip: ClipSpec })[] =
    first?.op === 'concat'
      ? first.inputs.map((clip, index) => ({ field: `steps[0].inputs[${index}]`, step: 0, clip }))
      : [{ field: `inputs.${base}`, clip: { input: base } }];
  const clips = parts.map(({ clip, ...place }) => segmentOf(clip, { ...place, spec, facts, ...options }));
  const segments = spec.steps.reduce<Segment[]>((timeline, step, index) => {
    return step.op === 'trim' ? trimmed(timeline, step, { index, warn: options.warn }) : timeline;
  }, clips);
  return { clips, segments };
}

type Surroundings = Place & TimelineOptions & { readonly spec: JobSpec; readonly facts: Facts };

function segmentOf(clip: ClipSpec, { field, step, spec, facts: all, needsPicture, warn }: Surroundings): Segment {
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
  const length = isStill ? (shown ?? STILL_SECONDS) : lengthOf({ facts, picture, sound, needsPicture });
  refuseDamage({ clip, facts, place, length, keeps: spec.on_damage === 'keep', warn });
  const { from = 0, to = length } = clip;
  if (from >= length - SHORTEST_SECONDS) {
    const end = `the end of inputs.${input} at ${shownSeconds(length)} s`;
    throw refusal({ ...place, field: `${field}.from` }, `from is ${from}, not before ${end}`, { value: from });
  }
  if (to > length + ROUNDING_SECONDS) {
    warn(`${field}.to is ${to}, after the end of inputs.${input} at ${shownSeconds(length)} s: it is cut there`);
  }
  return { place, facts, picture, sound, isStill, from, to: Math.min(to, length) };
}

/** How long a picture is shown. */
const STILL_SECONDS = 5;

/** A time that is later than an end by less than this counts as the end, because lengths are rounded. */
const ROUNDING_SECONDS = 0.05;
const SHORTEST_SECONDS = 0.001;

function chosen<Stream extends { readonly isDefault: boolean }>(streams: readonly Stream[]): Stream | undefined {
  return streams.find(({ isDefault }) => isDefault) ?? streams[0];
}

function lengthOf({
  facts,
  picture,
  sound,
  needsPicture,
}: Pick<Segment, 'facts' | 'picture' | 'sound'> & { needsPicture: boolean }) {
  const [first, second] = needsPicture ? [picture, sound] : [sound, picture];
  return (first ?? second)?.endSeconds ?? facts.seconds ?? 0;
}

type Damage = {
  readonly clip: ClipSpec;
  readonly facts: MediaFacts;
  readonly place: Segment['place'];
  readonly length: number;
  readonly keeps: boolean;
  readonly warn: (text: string) => void;
};

/** Refuses a clip that needs what is missing of a damaged input. */
function refuseDamage({ clip, facts: { brokenAtSeconds: at, seconds }, place, length, keeps, warn }: Damage): void {
  if (at === null || (clip.to ?? Number.POSITIVE_INFINITY) <= at) return;
  const where = `at ${shownSeconds(at)} of ${shownSeconds(seconds ?? length)} s`;
  const message = `inputs.${place.input} is damaged: it ends ${where}`;
  if (!keeps) throw refusal(place, message, { code: 'SOURCE_DAMAGED', at_seconds: rounded(at) });
  warn(message);
}

type TrimOptions = { readonly index: number; readonly warn: (text: string) => void };

function trimmed(
  timeline: readonly Segment[],
  { from = 0, to }: { from?: number | undefined; to?: number | undefined },
  { index, warn }: TrimOptions,
) {
  const whole = timeline.reduce((sum, segment) => sum + segment.to - segment.from, 0);
  const field = `steps[${index}]`;
  if (from >= whole - SHORTEST_SECONDS) {
    const message = `from is ${from}, not before the end of the timeline at ${shownSeconds(whole)} s`;
    throw refusal({ field: `${field}.from`, step: index }, message, { value: from });
  }
  if (to !== undefined && to > whole + ROUNDING_SECONDS) {
    warn(`${field}.to is ${to}, after the end of the timeline at ${shownSeconds(whole)} s: it is cut there`);
  }
  let start = 0;
  return timeline.flatMap((segment) => {
    const begins = start;
    start += segment.to - segment.from;
    const first = Math.max(begins, from);
    const last = Math.min(start, to ?? whole);
    const moved = { ...segment, from: segment.from + first - begins, to: segment.from + last - begins };
    return last - first > SHORTEST_SECONDS ? [moved] : [];
  });
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function shownSeconds(value: number): string {
  return String(rounded(value));
}
