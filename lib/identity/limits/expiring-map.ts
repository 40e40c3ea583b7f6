/** Creates a map whose entries expire. It drops the oldest entry when there are too many. */
export function createExpiringMap<Value>({ ttlMs, maxEntries }: { ttlMs: number; maxEntries: number }) {
  const entries = new Map<string, { readonly value: Value; readonly until: number }>();
  return {
    get(name: string): Value | undefined {
      const entry = entries.get(name);
      return entry === undefined || entry.until <= performance.now() ? undefined : entry.value;
    },
    set(name: string, value: Value): void {
      // Moves the entry to the end, so that the first entry is the oldest.
      entries.delete(name);
      entries.set(name, { value, until: performance.now() + ttlMs });
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string);
    },
    deleteWhere(matches: (value: Value) => boolean): void {
      for (const [name, { value }] of entries) if (matches(value)) entries.delete(name);
    },
  };
}
