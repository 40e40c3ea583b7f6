/** Returns JSON that `jsonb` accepts: without NUL and lone surrogates. */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => {
    if (typeof entry === 'string') return accepted(entry);
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry;
    if (Object.keys(entry).every((name) => name === accepted(name))) return entry;
    return Object.fromEntries(Object.entries(entry).map(([name, field]) => [accepted(name), field]));
  });
}

function accepted(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
