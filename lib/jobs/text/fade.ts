import type { WrittenItem } from '#lib/jobs/plan/planned-layers.ts';
import { assAlpha } from './ass-values.ts';

type Fading = Pick<WrittenItem, 'fromMs' | 'toMs' | 'fadeInMs' | 'fadeOutMs'>;
type Times = readonly [begin: number, seen: number, fading: number, end: number];

/** Returns the tags that fade the letters of an event that begins at a time, ms. Empty without a fade. */
export function fadeTags(item: Fading, startMs: number): string {
  if (item.fadeInMs === 0 && item.fadeOutMs === 0) return '';
  return `\\fade(255,0,255,${timesOf(item, startMs).join(',')})`;
}

/** Returns the tags that fade the box of an event: a fade of letters leaves it. `alpha`: that of the box. */
export function boxFadeTags(item: Fading, startMs: number, alpha: number): string {
  const [begin, seen, fading, end] = timesOf(item, startMs);
  const shown = assAlpha(alpha);
  // A time of 0 would be the end of the event.
  const appears = item.fadeInMs > 0 && seen > 0 ? `\\4a&HFF&\\t(${begin},${seen},\\4a${shown})` : '';
  return `${appears}${item.fadeOutMs > 0 ? `\\t(${fading},${end},\\4a&HFF&)` : ''}`;
}

/** Returns the times of a fade, ms after the start of the event, which may have begun later or earlier. */
function timesOf({ fromMs, toMs, fadeInMs, fadeOutMs }: Fading, startMs: number): Times {
  const [begin, end] = [Math.round(fromMs - startMs), Math.round(toMs - startMs)];
  return [begin, begin + Math.round(fadeInMs), end - Math.round(fadeOutMs), end];
}
