import { ROUNDING_SECONDS, SHORTEST_SECONDS, shownSeconds } from './input-range.ts';
import { type Place, refusal } from './refusal.ts';

/** A part of a timeline or of an input, exact seconds. */
export type Range = { readonly from: number; readonly to: number };

type Asked = { readonly from?: number | undefined; readonly to?: number | undefined };
export type StepPlace = Place & { readonly step: number };
type RangeOptions = {
  /** The step, with the field that names it. */
  readonly place: StepPlace;
  /** Length of the timeline, seconds. */
  readonly length: number;
  readonly warn: (text: string) => void;
};

/** Returns the range of a timeline that a step asks for, cut at its end. Throws for one that is wholly past the end. */
export function timelineRange({ from = 0, to }: Asked, { place, length, warn }: RangeOptions): Range {
  requireBefore(from, { place, name: 'from', length });
  if (to !== undefined && to > length + ROUNDING_SECONDS) {
    const end = `the end of the timeline at ${shownSeconds(length)} s`;
    warn(`${place.field}.to is ${to}, after ${end}: it is cut there`);
  }
  return { from, to: Math.min(length, to ?? length) };
}

/** Throws when a time of a step, the field `name`, is not before the end of the timeline. */
export function requireBefore(
  value: number,
  { place, name, length }: Pick<RangeOptions, 'place' | 'length'> & { readonly name: string },
): void {
  if (value < length - SHORTEST_SECONDS) return;
  const message = `${name} is ${value}, not before the end of the timeline at ${shownSeconds(length)} s`;
  throw refusal({ ...place, field: `${place.field}.${name}` }, message, { value });
}
