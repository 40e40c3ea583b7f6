import { AppError } from '#lib/errors.ts';
import type { Adjustable } from '#lib/filters/live.ts';
import type { FilterPatch, Filters } from './settings.ts';

/** The filters with a patch: an equaliser takes the place of a preset, and the other way round. */
export function merge(filters: Filters, patch: FilterPatch): Filters {
  const { speed = filters.speed, pitch = filters.pitch, volume = filters.volume, eq_preset, equalizer } = patch;
  const given = eq_preset ?? equalizer;
  const equalization =
    given === undefined ? { eq_preset: filters.eq_preset, equalizer: filters.equalizer } : { eq_preset, equalizer };
  return { speed, pitch, volume, ...defined(equalization) } as Filters;
}

/** What is left of a patch when a later one has replaced what both change. */
export function without(patch: FilterPatch, later: FilterPatch): FilterPatch {
  const replaced = adjustablesOf(later);
  return Object.fromEntries(
    Object.entries(patch).filter(([field]) => !replaced.includes(FIELDS[field as keyof FilterPatch])),
  );
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What of a stream each field of a patch changes. */
const FIELDS: Readonly<Record<keyof FilterPatch, Adjustable>> = {
  speed: 'speed',
  pitch: 'pitch',
  eq_preset: 'equalizer',
  equalizer: 'equalizer',
  volume: 'volume',
};

/** What of a stream a patch touches. */
export function adjustablesOf(patch: FilterPatch): Adjustable[] {
  const touched = Object.entries(FIELDS).filter(([field]) => patch[field as keyof FilterPatch] !== undefined);
  return [...new Set(touched.map(([, name]) => name))];
}

/** Throws CONFLICT for a field that would change what was not named in `adjust`. */
export function refuseFixed(
  patch: FilterPatch,
  { filters, adjustable }: { filters: Filters; adjustable: readonly Adjustable[] },
): void {
  for (const [field, name] of Object.entries(FIELDS) as [keyof FilterPatch, Adjustable][]) {
    const value = patch[field];
    if (value === undefined || adjustable.includes(name) || isSame(value, filters[field])) continue;
    const details = { field: `filters.${field}`, adjust: adjustable };
    throw new AppError('CONFLICT', details, { message: `${name} is not adjustable in this stream` });
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
