export type ExpiringMapOptions = { readonly ttlMs: number; readonly maxEntries: number };

/** A map that forgets: each entry after its time, and the oldest when there are too many. */
export type ExpiringMap<Value> = {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  deleteWhere(matches: (value: Value) => boolean): void;
};

export function createExpiringMap<Value>({ ttlMs, maxEntries }: ExpiringMapOptions): ExpiringMap<Value> {
  const entries = new Map<string, { readonly value: Value; readonly until: number }>();
  return {
    get(name) {
      const entry = entries.get(name);
      return entry === undefined || entry.until <= performance.now() ? undefined : entry.value;
    },
    set(name, value) {
      // What was written last stands last: the first is the oldest.
      entries.delete(name);
      entries.set(name, { value, until: performance.now() + ttlMs });
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string);
    },
    deleteWhere(matches) {
      for (const [name, { value }] of entries) if (matches(value)) entries.delete(name);
    },
  };
}
