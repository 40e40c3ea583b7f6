import { perSecond } from '#lib/jobs/plan/rates.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';

/** Returns the alpha of a colour, in which 255 is invisible. */
export function alphaOf(color: string): number {
  return color.length > 7 ? 255 - Number.parseInt(color.slice(7, 9), 16) : 0;
}

/** Returns a colour such as `#rrggbbaa` as ASS writes it in styles: `&HAABBGGRR`. */
export function assColor(color: string): string {
  const [red, green, blue] = [color.slice(1, 3), color.slice(3, 5), color.slice(5, 7)];
  return `&H${hex(alphaOf(color))}${blue}${green}${red}`.toUpperCase();
}

/** Returns an alpha as tags have it. */
export function assAlpha(alpha: number): string {
  return `&H${hex(alpha)}&`;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0').toUpperCase();
}

/** Returns a size with at most three digits. */
export function assNumber(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}

/** Returns the hundredths of a second of a frame: rounded down, so that it is nearer to it than to the frame before. */
export function hundredthsOf(frame: number, fps: FrameRate): number {
  return Math.floor((frame * 100) / perSecond(fps) + 1e-6);
}

/** Returns a time of an event. libass reads negative seconds: what has begun before the timeline keeps its own time. */
export function assTime(hundredths: number): string {
  const rest = ((hundredths % 100) + 100) % 100;
  const seconds = (hundredths - rest) / 100;
  if (seconds < 0) return `0:00:${seconds}.${two(rest)}`;
  return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${two(rest)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
