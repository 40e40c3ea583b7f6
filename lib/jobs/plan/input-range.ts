import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import type { ClipSpec } from '#lib/jobs/spec/steps.ts';
import { type Place, refusal } from './refusal.ts';

/** Where an input stands in a request. */
export type InputPlace = Place & { readonly input: string };

export type RangeOptions = {
  readonly place: InputPlace;
  readonly facts: MediaFacts;
  /** Length of the input, seconds. */
  readonly length: number;
  /** Whether what is missing of a damaged input is filled up. */
  readonly keepsDamaged: boolean;
  readonly warn: (text: string) => void;
};

/** A time that is later than an end by less than this counts as the end, because lengths are rounded. */
export const ROUNDING_SECONDS = 0.05;
export const SHORTEST_SECONDS = 0.001;

/** Returns a part of an input, cut at its end. Throws for one that is wholly past the end, and for damage. */
export function rangeOf(clip: ClipSpec, options: RangeOptions): { readonly from: number; readonly to: number } {
  const { place, length, warn } = options;
  refuseDamage(clip, options);
  const { from = 0, to = length } = clip;
  if (from >= length - SHORTEST_SECONDS) {
    const end = `the end of inputs.${place.input} at ${shownSeconds(length)} s`;
    throw refusal({ ...place, field: `${place.field}.from` }, `from is ${from}, not before ${end}`, { value: from });
  }
  if (to > length + ROUNDING_SECONDS) {
    warn(
      `${place.field}.to is ${to}, after the end of inputs.${place.input} at ${shownSeconds(length)} s: it is cut there`,
    );
  }
  return { from, to: Math.min(to, length) };
}

/** Refuses a clip that needs what is missing of a damaged input. */
function refuseDamage(clip: ClipSpec, { facts, place, length, keepsDamaged, warn }: RangeOptions): void {
  const { brokenAtSeconds: at, seconds } = facts;
  if (at === null || (clip.to ?? Number.POSITIVE_INFINITY) <= at) return;
  const where = `at ${shownSeconds(at)} of ${shownSeconds(seconds ?? length)} s`;
  const message = `inputs.${place.input} is damaged: it ends ${where}`;
  if (!keepsDamaged) throw refusal(place, message, { code: 'SOURCE_DAMAGED', at_seconds: rounded(at) });
  warn(message);
}

/** Returns the default stream, else the first. */
export function chosen<Stream extends { readonly isDefault: boolean }>(streams: readonly Stream[]): Stream | undefined {
  return streams.find(({ isDefault }) => isDefault) ?? streams[0];
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

export function shownSeconds(value: number): string {
  return String(rounded(value));
}
