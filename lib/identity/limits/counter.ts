import { RateLimiterMemory } from 'rate-limiter-flexible';

export const WINDOW_MS = 60_000;
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

/** Counts events per key within a minute that starts with the first event. */
export type Counter = {
  /** Counts one event. */
  count(key: string): Promise<Allowance>;
  allowance(key: string): Promise<Allowance>;
};

/** The count of a key. */
export type CountedKey = { readonly key: string; readonly points: number };
export type CountedTotal = CountedKey & { readonly resetMs: number };

/** A count that is not shared with other instances yet, and the `performance.now()` at which its minute ends. */
type Unshared = CountedKey & { readonly until: number };

export type SharedCounter = Counter & {
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
  /** Returns the form in which a key is counted. */
  readonly keyOf: (key: string) => string;
  /** Whether `take` is called. */
  readonly shared: boolean;
};

export function createCounter({ name, limit, keyOf, shared }: CounterOptions): SharedCounter {
  const memory = new RateLimiterMemory({ points: limit, duration: WINDOW_MS / 1_000 });
  /** In the order in which their minutes started; the first may be over. */
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
    async count(key) {
      const counted = nameOf(key);
      const { consumedPoints, msBeforeNext } = await memory.penalty(counted, 1);
      if (consumedPoints === 1) await remember(counted);
      const until = performance.now() + msBeforeNext;
      if (shared) unshared.set(counted, { key: counted, points: pointsOf(counted) + 1, until });
      return { limit, used: consumedPoints, resetMs: msBeforeNext };
    },
    async allowance(key) {
      const used = await memory.get(nameOf(key));
      if (used === null || used.msBeforeNext <= 0) return { limit, used: 0, resetMs: WINDOW_MS };
      return { limit, used: used.consumedPoints, resetMs: used.msBeforeNext };
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
