import { AppError } from '#lib/errors.ts';
import type { Adjustable } from '#lib/filters/live.ts';
import { FILTER_NAMES } from './filter-fields.ts';
import type { FilterPatch, Filters } from './settings.ts';

/** What of a stream those fields change that are not named after it. */
const COVERED = { eq_preset: 'equalizer' } satisfies Record<Exclude<keyof Filters, Adjustable>, Adjustable>;

function adjustableOf(field: keyof Filters): Adjustable {
  return field in COVERED ? COVERED[field as keyof typeof COVERED] : (field as Adjustable);
}

/** The filters with a patch: an equaliser takes the place of a preset, and the other way round. */
export function merge(filters: Filters, patch: FilterPatch): Filters {
  const merged: FilterPatch = { ...without(filters, patch), ...defined(patch) };
  return defined(merged) as Filters;
}

/** What is left of filters when a later change has replaced what both change. */
export function without(patch: FilterPatch, later: FilterPatch): FilterPatch {
  const replaced = adjustablesOf(later);
  return pick(patch, (field) => !replaced.includes(adjustableOf(field)));
}

function defined(patch: FilterPatch): FilterPatch {
  return pick(patch, (field) => patch[field] !== undefined);
}

/** In the order of the schema. */
function pick(patch: FilterPatch, isPicked: (field: keyof Filters) => boolean): FilterPatch {
  const fields = FILTER_NAMES.filter((field) => field in patch && isPicked(field));
  return Object.fromEntries(fields.map((field) => [field, patch[field]]));
}

/** What of a stream a patch changes. */
export function adjustablesOf(patch: FilterPatch): Adjustable[] {
  return [...new Set(FILTER_NAMES.filter((field) => patch[field] !== undefined).map(adjustableOf))];
}

/** Throws CONFLICT for a field that would change what was not named in `adjust`. */
export function refuseFixed(
  patch: FilterPatch,
  { filters, adjustable }: { filters: Filters; adjustable: readonly Adjustable[] },
): void {
  for (const field of FILTER_NAMES) {
    const [value, name] = [patch[field], adjustableOf(field)];
    if (value === undefined || adjustable.includes(name) || isSame(value, filters[field])) continue;
    const details = { field: `filters.${field}`, adjust: adjustable };
    throw new AppError('CONFLICT', details, { message: `${name} is not adjustable in this stream` });
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
