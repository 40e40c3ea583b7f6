import { ROUNDING_SECONDS, SHORTEST_SECONDS, shownSeconds } from './input-range.ts';
import { refusal } from './refusal.ts';

/** The times of a step, seconds of the timeline. */
export type StepTimes = { readonly from?: number | undefined; readonly to?: number | undefined };

export type StepRangeOptions = {
  /** Number of the step. */
  readonly index: number;
  /** Length of the timeline at the step, seconds. */
  readonly length: number;
  readonly warn: (text: string) => void;
};

/** Returns the part of the timeline that a step names, cut at its end. Throws for one that is wholly past the end. */
export function timelineRange({ from = 0, to }: StepTimes, { index, length, warn }: StepRangeOptions) {
  const field = `steps[${index}]`;
  if (from >= length - SHORTEST_SECONDS) {
    const message = `from is ${from}, not before the end of the timeline at ${shownSeconds(length)} s`;
    throw refusal({ field: `${field}.from`, step: index }, message, { value: from });
  }
  if (to !== undefined && to > length + ROUNDING_SECONDS) {
    warn(`${field}.to is ${to}, after the end of the timeline at ${shownSeconds(length)} s: it is cut there`);
  }
  return { from, to: Math.min(length, to ?? length) };
}
