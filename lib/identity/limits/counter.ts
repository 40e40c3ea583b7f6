import { RateLimiterMemory } from 'rate-limiter-flexible';

export const WINDOW_MS = 60_000;
/** Keys that a counter remembers, 0.6 kB each: an attacker has more IPv6 networks than the machine has memory. */
export const MOST_KEYS = 20_000;

/** A limit, and how much of it is used. */
export type Allowance = {
  readonly limit: number;
  /** More than `limit` after too many requests. */
  readonly used: number;
  /** Until nothing is used again. */
  readonly resetMs: number;
};

/** Counts what each key does within a minute that begins with the first of it. */
export type Counter = {
  /** Counts one more. */
  count(key: string): Promise<Allowance>;
  allowance(key: string): Promise<Allowance>;
};

/** How often a key was counted. */
export type CountedKey = { readonly key: string; readonly points: number };
export type CountedTotal = CountedKey & { readonly resetMs: number };

/** What other instances do not know yet, and when its minute ends by `performance.now()`. */
type Unshared = CountedKey & { readonly until: number };

export type SharedCounter = Counter & {
  /** Returns what was counted since the last time, under keys that no other counter has. */
  take(): Unshared[];
  /** Takes back what could not be passed on. */
  putBack(unshared: Unshared): void;
  /** Takes over what all instances have counted together of a key that this counter remembers. */
  learn(total: CountedTotal): void;
};

type CounterOptions = {
  readonly name: string;
  readonly limit: number;
  /** Returns a key as it is counted. */
  readonly keyOf: (key: string) => string;
  /** Whether `take` is ever called. */
  readonly shared: boolean;
};

export function createCounter({ name, limit, keyOf, shared }: CounterOptions): SharedCounter {
  const memory = new RateLimiterMemory({ points: limit, duration: WINDOW_MS / 1_000 });
  /** In the order in which their minutes began; the first may be over. */
  const remembered = new Set<string>();
  let unshared = new Map<string, Unshared>();
  const nameOf = (key: string) => `${name}:${keyOf(key)}`;
  const pointsOf = (counted: string) => unshared.get(counted)?.points ?? 0;

  /** Forgets the oldest, and what it had used, when there are too many. */
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
