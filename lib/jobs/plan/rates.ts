import { FRAME_RATES, type FrameRate } from '#lib/jobs/spec/vocabulary.ts';

/** Samples per second of the timeline. */
export const SAMPLE_RATE = 48_000;

export function perSecond({ num, den }: FrameRate): number {
  return num / den;
}

/** Returns the frame rate of outputs that is nearest to a number, such as 29.97. */
export function nearestRate(average: number): FrameRate {
  const distance = (rate: FrameRate): number => Math.abs(perSecond(rate) - average);
  return Object.values<FrameRate>(FRAME_RATES).reduce((best, rate) => (distance(rate) < distance(best) ? rate : best));
}

/** Returns the faster of two rates. */
export function faster(one: FrameRate, other: FrameRate): FrameRate {
  return perSecond(other) > perSecond(one) ? other : one;
}

export function isSameRate(one: FrameRate, other: FrameRate): boolean {
  return one.num === other.num && one.den === other.den;
}

/** Returns the frame of another rate that shows a boundary of the timeline. Exact: no rounding accumulates. */
export function frameAt(frame: number, from: FrameRate, to: FrameRate): number {
  return isSameRate(from, to) ? frame : Math.round((frame * from.den * to.num) / (from.num * to.den));
}

/** Returns the sample at which a frame begins. */
export function sampleAt(frame: number, { num, den }: FrameRate): number {
  return Math.round((frame * SAMPLE_RATE * den) / num);
}
