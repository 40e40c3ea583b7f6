import type { Mp4Fragments } from '#lib/containers/mp4-fragments.ts';
import { SEGMENT_SECONDS } from '#lib/jobs/plan/package-cuts.ts';
import type { Finding } from './verify.ts';

/** Seconds by which time stamps are rounded. */
const ROUNDING_SECONDS = 0.001;

/**
 * Returns what is wrong with the segments of a file: each begins with a key frame where the one before ends, and lasts two
 * to six seconds. A shorter file is one segment.
 */
export function segmentFindings(file: string, { fragments, timescale }: Omit<Mp4Fragments, 'moov'>): Finding[] {
  const found = (what: 'segments' | 'key_frames', expected: string, value: string): Finding => {
    return { file, what, expected, found: value, isShorter: false };
  };
  const seconds = fragments.map(({ length }) => length / timescale);
  const whole = seconds.reduce((sum, length) => sum + length, 0);
  const shortest = Math.min(SEGMENT_SECONDS.shortest, whole) - ROUNDING_SECONDS;
  const longest = SEGMENT_SECONDS.longest + ROUNDING_SECONDS;
  const odd = seconds.findIndex((length) => length < shortest || length > longest);
  const gap = fragments.findIndex(({ start }, index) => {
    const before = fragments[index - 1];
    return before !== undefined && start !== before.start + before.length;
  });
  const keyless = fragments.findIndex(({ startsWithKey }) => !startsWithKey);
  return [
    ...(fragments.length === 0 ? [found('segments', 'at least one', 'none')] : []),
    ...(odd < 0
      ? []
      : [found('segments', 'of 2 to 6 seconds', `number ${odd} of ${seconds[odd]?.toFixed(3)} seconds`)]),
    ...(gap < 0 ? [] : [found('segments', 'without gaps', `one before number ${gap}`)]),
    ...(keyless < 0 ? [] : [found('key_frames', 'at the start of each segment', `none in number ${keyless}`)]),
  ];
}
