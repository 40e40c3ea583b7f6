import type { Filters } from '#lib/playback/settings.ts';

/** Seconds as 3:05, or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = String(rest).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${padded}` : `${minutes}:${padded}`;
}

/** Bytes as 12.3 MB. */
export function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Filters that do something, as "speed 1.5, bass_boost". */
export function filtersInWords({ speed, pitch, eq_preset, equalizer, volume }: Filters): string {
  const words = [
    speed === 1 ? '' : `speed ${speed}`,
    pitch === 0 ? '' : `pitch ${pitch}`,
    eq_preset === undefined || eq_preset === 'flat' ? '' : eq_preset,
    equalizer === undefined ? '' : `equaliser ${equalizer.join(',')}`,
    volume === 1 ? '' : `volume ${volume}`,
  ].filter((word) => word !== '');
  return words.join(', ') || 'no filters';
}
