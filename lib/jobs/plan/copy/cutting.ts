import type { Cut, PictureFacts, Ratio } from '#lib/jobs/media/facts.ts';
import { seeksExactly } from '#lib/jobs/media/formats.ts';
import type { Segment } from '../segment.ts';

/** The packets of a clip: where the first is shown in the input, and how many there are. */
export type CutOut = {
  /** Null when it is the first of the file. */
  readonly seekSeconds: number | null;
  readonly decodedSeconds: number;
  readonly firstBytes: number;
  readonly from: number;
  readonly to: number;
  readonly frames: number;
};

/** Seconds by which the first picture of a whole file may begin late: encoders of sound put some silence in front. */
const LATE_SECONDS = 0.05;

/** Returns the packets of a segment, or why it cannot be cut there without decoding. */
export function cutOut({ from, to, facts, picture }: Segment): CutOut | string {
  const { cuts, endSeconds, exactRate } = picture ?? {};
  if (!endSeconds || !exactRate) return 'its length or its frame rate is not known';
  const frames = picture?.frames ?? Math.round((endSeconds * exactRate.num) / exactRate.den);
  if (!cuts) return from === 0 && to === endSeconds ? { ...UNREAD, to, frames } : UNMEASURED;
  const half = exactRate.den / exactRate.num / 2;
  const isStart = from <= half && (cuts[0]?.seconds ?? Number.POSITIVE_INFINITY) <= LATE_SECONDS;
  const first = isStart ? cuts[0] : cutAt(cuts, from, half);
  const last = to >= endSeconds - half ? { seconds: endSeconds, frame: frames } : cutAt(cuts, to, half);
  if (first === undefined) return `it begins at ${shown(from)} s, which is not at a key frame${nearest(cuts, from)}`;
  if (last === undefined) return `it ends at ${shown(to)} s, which is not before a key frame${nearest(cuts, to)}`;
  if (first.frame > 0 && !seeksExactly(facts.container))
    return `files of ${facts.container} have no index of key frames`;
  if (last.frame <= first.frame) return 'it is shorter than its first group of frames';
  return {
    seekSeconds: first.frame === 0 ? null : first.seconds,
    decodedSeconds: first.decodedSeconds,
    firstBytes: first.bytes,
    from: first.seconds,
    to: last.seconds,
    frames: last.frame - first.frame,
  };
}

/** Why nothing can be decided about a part before the packets were read, as for a dry run. */
const UNMEASURED = 'its key frames are not known before it is read whole';
const UNREAD = { seekSeconds: null, decodedSeconds: 0, firstBytes: 0, from: 0 };

/** Returns whether the packets of an input would show more than this reason. */
export function isUnmeasured(because: string): boolean {
  return because.includes(UNMEASURED);
}

/** Returns why the frames of an input cannot be joined with others; undefined when they can. */
export function unevenness({ isRegular, exactRate, timeBase }: PictureFacts): string | undefined {
  if (isRegular === false || exactRate === null || timeBase === null) return 'its frames are not evenly spaced';
  if (isExact(exactRate, timeBase)) return undefined;
  return `its time stamps in units of ${timeBase.num}/${timeBase.den} s are not exact at ${exactRate.num}/${exactRate.den} frames per second`;
}

/** A whole number of frames per second is put right by counting in frames. */
function isExact(rate: Ratio, base: Ratio): boolean {
  return rate.den === 1 || (rate.den * base.den) % (rate.num * base.num) === 0;
}

function cutAt(cuts: readonly Cut[], seconds: number, tolerance: number): Cut | undefined {
  const index = firstAfter(cuts, seconds - tolerance);
  const found = cuts[index];
  return found !== undefined && found.seconds <= seconds + tolerance ? found : undefined;
}

/** Returns the index of the first cut after a time, by bisection. */
function firstAfter(cuts: readonly Cut[], seconds: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cuts[middle]?.seconds ?? 0) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The caller can ask for a time at which nothing has to be encoded. */
function nearest(cuts: readonly Cut[], seconds: number): string {
  const index = firstAfter(cuts, seconds);
  const around = [cuts[index - 1], cuts[index]].flatMap((cut) =>
    cut === undefined ? [] : [`${shown(cut.seconds)} s`],
  );
  return around.length === 0 ? '' : ` (the nearest are at ${around.join(' and ')})`;
}

function shown(seconds: number): string {
  return String(Math.round(seconds * 1_000) / 1_000);
}
