import { AppError } from '#lib/errors.ts';
import type { Adjustable } from '#lib/filters/live.ts';
import { FILTER_NAMES } from './filter-fields.ts';
import type { FilterPatch, Filters } from './settings.ts';

/** The adjustable that a field changes, for fields with another name than their adjustable. */
const COVERED = { eq_preset: 'equalizer' } satisfies Record<Exclude<keyof Filters, Adjustable>, Adjustable>;

function adjustableOf(field: keyof Filters): Adjustable {
  return field in COVERED ? COVERED[field as keyof typeof COVERED] : (field as Adjustable);
}

/** Returns the filters with a patch applied. An equaliser replaces a preset, and a preset an equaliser. */
export function merge(filters: Filters, patch: FilterPatch): Filters {
  const merged: FilterPatch = { ...without(filters, patch), ...defined(patch) };
  return defined(merged) as Filters;
}

/** Returns the fields of a patch that a later patch does not replace. */
export function without(patch: FilterPatch, later: FilterPatch): FilterPatch {
  const replaced = adjustablesOf(later);
  return pick(patch, (field) => !replaced.includes(adjustableOf(field)));
}

function defined(patch: FilterPatch): FilterPatch {
  return pick(patch, (field) => patch[field] !== undefined);
}

/** Returns the selected fields in the order of the schema. */
function pick(patch: FilterPatch, isPicked: (field: keyof Filters) => boolean): FilterPatch {
  const fields = FILTER_NAMES.filter((field) => field in patch && isPicked(field));
  return Object.fromEntries(fields.map((field) => [field, patch[field]]));
}

/** Returns the adjustables that a patch changes. */
export function adjustablesOf(patch: FilterPatch): Adjustable[] {
  return [...new Set(FILTER_NAMES.filter((field) => patch[field] !== undefined).map(adjustableOf))];
}

/** Throws CONFLICT for a field that changes something not listed in `adjust`. */
export function refuseFixed(
  patch: FilterPatch,
  { filters, adjustable }: { filters: Filters; adjustable: readonly Adjustable[] },
): void {
  for (const field of FILTER_NAMES) {
    const [value, name] = [patch[field], adjustableOf(field)];
    if (value === undefined || adjustable.includes(name) || isSame(value, filters[field])) continue;
    const details = { field: `filters.${field}`, adjust: adjustable };
    const message = `${name} cannot be changed in this stream: its request did not list it in adjust`;
    throw new AppError('CONFLICT', details, { message });
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
