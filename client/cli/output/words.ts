import { FILTER_NAMES, FILTERS } from '#lib/playback/filter-fields.ts';
import type { Filters } from '#lib/playback/settings.ts';

/** Formats seconds as 3:05 or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = String(rest).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${padded}` : `${minutes}:${padded}`;
}

/** Formats bytes as 12.3 MB. */
export function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

const NEUTRAL: Filters = FILTERS.parse({});

/** Lists the filters that are not neutral, such as "speed 1.5, bass_boost". */
export function filtersInWords(filters: Filters): string {
  const words = FILTER_NAMES.flatMap((name) => {
    const value = filters[name];
    if (value === undefined || value === NEUTRAL[name] || value === 'flat') return [];
    if (name === 'eq_preset') return [String(value)];
    return [`${name === 'equalizer' ? 'equaliser' : name} ${value}`];
  });
  return words.join(', ') || 'no filters';
}
