import { RateLimiterMemory } from 'rate-limiter-flexible';

export const MINUTE_MS = 60_000;
/** Keys that a counter holds, 0.6 kB each. An attacker may have more IPv6 networks than fit in memory. */
export const MOST_KEYS = 20_000;

/** A limit and its usage. */
export type Allowance = {
  readonly limit: number;
  /** More than `limit` after too many requests. */
  readonly used: number;
  /** Time until the count starts again at 0. */
  readonly resetMs: number;
};

/** Counts events per key within a window that starts with the first event. */
export type Counter = {
  /** Counts one event, or `points` of them. `limit` is the key's own. */
  count(key: string, options?: { readonly points?: number; readonly limit?: number | undefined }): Promise<Allowance>;
  allowance(key: string, limit?: number): Promise<Allowance>;
};

/** The count of a key. */
export type CountedKey = { readonly key: string; readonly points: number };
export type CountedTotal = CountedKey & { readonly resetMs: number };

/** A count that is not shared with other instances yet, and the `performance.now()` at which its window ends. */
type Unshared = CountedKey & { readonly until: number };

export type SharedCounter = Counter & {
  readonly windowMs: number;
  /** Returns the counts since the last call, under keys that are unique to this counter. */
  take(): Unshared[];
  /** Takes back a count that could not be shared. */
  putBack(unshared: Unshared): void;
  /** Takes over the total of all instances for a key that this counter holds. */
  learn(total: CountedTotal): void;
};

export type CounterOptions = {
  readonly name: string;
  readonly limit: number;
  /** A minute when absent. */
  readonly windowMs?: number;
  /** Returns the form in which a key is counted. */
  readonly keyOf: (key: string) => string;
  /** Whether `take` is called. */
  readonly shared: boolean;
};

export function createCounter(options: CounterOptions): SharedCounter {
  const { name, limit, windowMs = MINUTE_MS, keyOf, shared } = options;
  const memory = new RateLimiterMemory({ points: limit, duration: windowMs / 1_000 });
  /** In the order in which their windows started; the first may be over. */
  const remembered = new Set<string>();
  let unshared = new Map<string, Unshared>();
  const nameOf = (key: string) => `${name}:${keyOf(key)}`;
  const pointsOf = (counted: string) => unshared.get(counted)?.points ?? 0;

  /** Adds a key. Drops the oldest one, with its count, when there are too many. */
  async function remember(counted: string): Promise<void> {
    remembered.delete(counted);
    remembered.add(counted);
    const [oldest = counted] = remembered;
    if (remembered.size <= MOST_KEYS) return;
    remembered.delete(oldest);
    unshared.delete(oldest);
    await memory.delete(oldest);
  }

  return {
    windowMs,
    async count(key, { points = 1, limit: own = limit } = {}) {
      const counted = nameOf(key);
      const { consumedPoints, msBeforeNext } = await memory.penalty(counted, points);
      if (consumedPoints === points) await remember(counted);
      const until = performance.now() + msBeforeNext;
      if (shared) unshared.set(counted, { key: counted, points: pointsOf(counted) + points, until });
      return { limit: own, used: consumedPoints, resetMs: msBeforeNext };
    },
    async allowance(key, own = limit) {
      const used = await memory.get(nameOf(key));
      if (used === null || used.msBeforeNext <= 0) return { limit: own, used: 0, resetMs: windowMs };
      return { limit: own, used: used.consumedPoints, resetMs: used.msBeforeNext };
    },
    take() {
      const taken = [...unshared.values()];
      unshared = new Map();
      return taken;
    },
    putBack({ key, points, until }) {
      if (until <= performance.now() || !remembered.has(key)) return;
      unshared.set(key, { key, until, points: points + pointsOf(key) });
    },
    learn({ key, points, resetMs }) {
      if (!remembered.has(key) || resetMs <= 0) return;
      void memory.set(key, points + pointsOf(key), resetMs / 1_000);
    },
  };
}
