import { SAMPLE_RATE } from './sound-format.ts';
import type { Observation } from './sweep-reader.ts';

/** A change of speed takes effect between these two samples. */
export type SpeedChange = {
  readonly from: number;
  readonly to: number;
  readonly before: number;
  readonly after: number;
};

/** One track as it was received. Samples are counted over the whole stream. */
export type TrackPlay = {
  readonly observations: readonly Observation[];
  /** Changes in order. Only the speed matters for those before or after the track. */
  readonly changes: readonly SpeedChange[];
  readonly speedAtFirst: number;
  /** Seconds of source. */
  readonly duration: number;
  /** Whether it was received to its end. */
  readonly isWhole: boolean;
};

/** Largest error of the position in the source, s. */
export const TOLERANCE_SECONDS = 0.1;
/** Allowance for windows that are incomplete or dropped at the beginning and the end, s of output. */
const EDGE_SECONDS = 0.06;
/** Longest part of output without a readable position, s. */
const LONGEST_BLANK_SECONDS = 0.3;
/** A jump occurs within this much output, s. Slower deviations are drift. */
const JUMP_SECONDS = 1;
const LARGEST_DRIFT_SECONDS = 0.25;

type Stretch = { readonly from: number; readonly to: number; readonly speeds: readonly number[] };

/** Returns the errors in the received positions of the source; empty when all arrived once and in order. */
export function checkPositions(play: TrackPlay): string[] {
  const { observations, duration, isWhole } = play;
  const [first, last] = [observations[0], observations.at(-1)];
  if (first === undefined || last === undefined) return ['nothing of it can be read'];
  const fastest = Math.max(play.speedAtFirst, ...play.changes.flatMap(({ before, after }) => [before, after]));
  const edge = TOLERANCE_SECONDS + EDGE_SECONDS * fastest;
  return [
    ...(first.position > edge ? [`begins at ${seconds(first.position)}`] : []),
    ...(isWhole && last.position < duration - edge
      ? [`ends at ${seconds(last.position)} of ${seconds(duration)}`]
      : []),
    ...(last.position > duration + edge ? [`continues to ${seconds(last.position)} of ${seconds(duration)}`] : []),
    ...blanks(observations),
    ...stretchesOf(play).flatMap((stretch) => {
      const heard = observations.filter(({ sample }) => sample >= stretch.from && sample <= stretch.to);
      return CHECKS[Math.min(stretch.speeds.length, CHECKS.length - 1)]?.(heard, stretch.speeds) ?? [];
    }),
  ];
}

function blanks(observations: readonly Observation[]): string[] {
  return observations.flatMap(({ sample, position }, index) => {
    const blank = (sample - (observations[index - 1]?.sample ?? sample)) / SAMPLE_RATE;
    return blank > LONGEST_BLANK_SECONDS ? [`no tone for ${seconds(blank)} before ${seconds(position)}`] : [];
  });
}

/** Parts at one speed, or around a change between two. Changes that may overlap are one part with all their speeds. */
function stretchesOf({ changes, speedAtFirst }: TrackPlay): Stretch[] {
  const stretches: Stretch[] = [];
  let from = Number.NEGATIVE_INFINITY;
  let speed = speedAtFirst;
  for (const change of changes) {
    if (change.from < from) {
      const last = stretches.pop();
      const speeds = [...(last?.speeds ?? [speed]), change.after];
      stretches.push({ from: last?.from ?? from, to: Math.max(from, change.to), speeds });
    } else {
      stretches.push({ from, to: change.from, speeds: [speed] });
      stretches.push({ from: change.from, to: change.to, speeds: [speed, change.after] });
    }
    from = Math.max(from, change.to);
    speed = change.after;
  }
  return [...stretches, { from, to: Number.POSITIVE_INFINITY, speeds: [speed] }];
}

type Check = (heard: readonly Observation[], speeds: readonly number[]) => string[];
/** The check by the number of speeds of a part. */
const CHECKS: readonly Check[] = [() => [], steady, changing, unsteady];

/** Checks one speed: the position moves on a line with known slope. */
function steady(heard: readonly Observation[], [speed = 1]: readonly number[]): string[] {
  const offsets = heard.map(({ sample, position }) => position - (speed * sample) / SAMPLE_RATE);
  let from = 0;
  for (const [index, offset] of offsets.entries()) {
    while ((heard[index]?.sample ?? 0) - (heard[from]?.sample ?? 0) > JUMP_SECONDS * SAMPLE_RATE) from += 1;
    const jump = offset - (offsets[from] ?? offset);
    if (Math.abs(jump) > TOLERANCE_SECONDS) return [jumped(jump, heard[index]?.position ?? 0)];
  }
  const drift = (offsets.at(-1) ?? 0) - (offsets[0] ?? 0);
  if (Math.abs(drift) <= LARGEST_DRIFT_SECONDS) return [];
  const length = ((heard.at(-1)?.sample ?? 0) - (heard[0]?.sample ?? 0)) / SAMPLE_RATE;
  return [
    `drifts by ${milliseconds(drift)} in ${seconds(length)} at speed ${speed} from ${seconds(heard[0]?.position ?? 0)}`,
  ];
}

/** Checks two speeds: the position moves on two lines with known slopes that meet at an unknown point. */
function changing(heard: readonly Observation[], speeds: readonly number[]): string[] {
  const [before = 1, after = 1] = speeds;
  if (before === after) return steady(heard, speeds);
  const [first, last] = [heard[0], heard.at(-1)];
  if (first === undefined || last === undefined) return [];
  const length = (last.sample - first.sample) / SAMPLE_RATE;
  const advance = last.position - first.position;
  const kink = Math.min(length, Math.max(0, (advance - after * length) / (before - after)));
  const off = heard.map(({ sample, position }) => {
    const elapsed = (sample - first.sample) / SAMPLE_RATE;
    const expected = before * Math.min(elapsed, kink) + after * Math.max(0, elapsed - kink);
    return { position, by: position - first.position - expected };
  });
  const worst = off.reduce((one, other) => (Math.abs(other.by) > Math.abs(one.by) ? other : one), {
    position: 0,
    by: 0,
  });
  return Math.abs(worst.by) > TOLERANCE_SECONDS ? [`${jumped(worst.by, worst.position)}, while the speed changed`] : [];
}

/** Checks several speeds: the position moves between the slowest and the fastest. */
function unsteady(heard: readonly Observation[], speeds: readonly number[]): string[] {
  const [slowest, fastest] = [Math.min(...speeds), Math.max(...speeds)];
  let from = 0;
  for (const { sample, position } of heard) {
    while (sample - (heard[from]?.sample ?? 0) > JUMP_SECONDS * SAMPLE_RATE) from += 1;
    const elapsed = (sample - (heard[from]?.sample ?? 0)) / SAMPLE_RATE;
    const advance = position - (heard[from]?.position ?? 0);
    const beyond = advance - Math.min(Math.max(advance, slowest * elapsed), fastest * elapsed);
    if (Math.abs(beyond) > TOLERANCE_SECONDS)
      return [`${jumped(beyond, position)}, while the speed changed more than once`];
  }
  return [];
}

function jumped(by: number, position: number): string {
  return `${milliseconds(Math.abs(by))} ${by > 0 ? 'lost' : 'repeated'} before ${seconds(position)}`;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function milliseconds(value: number): string {
  return `${(value * 1_000).toFixed(0)} ms`;
}
