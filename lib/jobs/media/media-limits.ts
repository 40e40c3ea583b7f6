import { AppError } from '#lib/errors.ts';
import type { MediaFacts } from './facts.ts';

export type MediaLimits = {
  /** Most pixels of a picture's side, and of a picture. */
  readonly side: number;
  readonly pixels: number;
  /** Longest input, seconds. */
  readonly seconds: number;
};

export const MEDIA_LIMITS: MediaLimits = { side: 8_192, pixels: 36_000_000, seconds: 14_400 };

/** Throws LIMIT_EXCEEDED `{limit, value, max, input}` for an input that is too large to be worked on. */
export function checkMediaLimits(input: string, facts: MediaFacts, limits: MediaLimits = MEDIA_LIMITS): void {
  const pictures = facts.streams.filter((stream) => stream.kind === 'picture');
  const ends = facts.streams.map((stream) => (stream.kind === 'other' ? 0 : (stream.endSeconds ?? 0)));
  const values = [
    ['picture_side', Math.max(0, ...pictures.flatMap(({ width, height }) => [width, height])), limits.side],
    ['picture_pixels', Math.max(0, ...pictures.map(({ width, height }) => width * height)), limits.pixels],
    ['input_seconds', Math.max(facts.seconds ?? 0, ...ends), limits.seconds],
  ] as const;
  for (const [limit, value, max] of values) {
    if (value <= max) continue;
    const message = `${limit.replace('_', ' ')} of inputs.${input} is ${value}, above the limit of ${max}`;
    throw new AppError('LIMIT_EXCEEDED', { limit, value, max, input, phase: 'probing' }, { message });
  }
}
