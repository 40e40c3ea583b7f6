/** Returns JSON that `jsonb` accepts: without NUL and lone surrogates. */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === 'string' ? entry.toWellFormed().replaceAll('\0', '\uFFFD') : entry,
  );
}
