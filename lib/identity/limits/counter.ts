import { RateLimiterMemory } from 'rate-limiter-flexible';

const WINDOW_SECONDS = 60;
export const WINDOW_MS = WINDOW_SECONDS * 1_000;
/** Keys that a counter remembers, some 0.6 kB each: an attacker has more networks of IPv6 than there is memory. */
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
  /** One more. */
  count(key: string): Promise<Allowance>;
  allowance(key: string): Promise<Allowance>;
};

/** What was counted here and is not known elsewhere yet. */
export type Uncounted = { readonly key: string; readonly points: number; readonly until: number };

export type SharedCounter = Counter & {
  /** Hands out what was counted since the last time, under keys that no other counter has. */
  take(): Uncounted[];
  /** Takes back what could not be passed on. */
  putBack(uncounted: Uncounted): void;
  /** What all instances have counted together; what is not remembered here is left alone. */
  learn(total: { readonly key: string; readonly points: number; readonly resetMs: number }): void;
};

export type CounterOptions = {
  readonly name: string;
  readonly limit: number;
  /** How a key is written where it is counted. */
  readonly keyOf: (key: string) => string;
  /** Whether anybody takes what was counted here. */
  readonly shared: boolean;
};

export function createCounter({ name, limit, keyOf, shared }: CounterOptions): SharedCounter {
  const memory = new RateLimiterMemory({ points: limit, duration: WINDOW_SECONDS });
  /** In the order in which their minutes began; the first may be over. */
  const remembered = new Set<string>();
  let uncounted = new Map<string, Uncounted>();
  const nameOf = (key: string) => `${name}:${keyOf(key)}`;

  function note(counted: string, msBeforeNext: number): void {
    const points = (uncounted.get(counted)?.points ?? 0) + 1;
    uncounted.set(counted, { key: counted, points, until: performance.now() + msBeforeNext });
  }

  /** The oldest makes room: what it had used counts no more. */
  async function remember(counted: string): Promise<void> {
    remembered.delete(counted);
    remembered.add(counted);
    const [oldest = counted] = remembered;
    if (remembered.size <= MOST_KEYS) return;
    remembered.delete(oldest);
    uncounted.delete(oldest);
    await memory.delete(oldest);
  }

  return {
    async count(key) {
      const counted = nameOf(key);
      const { consumedPoints, msBeforeNext } = await memory.penalty(counted, 1);
      if (consumedPoints === 1) await remember(counted);
      if (shared) note(counted, msBeforeNext);
      return { limit, used: consumedPoints, resetMs: msBeforeNext };
    },
    async allowance(key) {
      const used = await memory.get(nameOf(key));
      if (used === null || used.msBeforeNext <= 0) return { limit, used: 0, resetMs: WINDOW_MS };
      return { limit, used: used.consumedPoints, resetMs: used.msBeforeNext };
    },
    take() {
      const taken = [...uncounted.values()];
      uncounted = new Map();
      return taken;
    },
    putBack({ key, points, until }) {
      // Its minute is over, or it was forgotten: it counts nowhere any more.
      if (until <= performance.now() || !remembered.has(key)) return;
      uncounted.set(key, { key, until, points: points + (uncounted.get(key)?.points ?? 0) });
    },
    learn({ key, points, resetMs }) {
      if (!remembered.has(key) || resetMs <= 0) return;
      void memory.set(key, points + (uncounted.get(key)?.points ?? 0), resetMs / 1_000);
    },
  };
}
