/** JSON that `jsonb` takes: it knows neither NUL nor half a surrogate pair. */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === 'string' ? entry.toWellFormed().replaceAll('\0', '\uFFFD') : entry,
  );
}
