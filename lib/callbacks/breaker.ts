import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { AttemptResult } from './outcome.ts';

export type BreakerOptions = {
  /** Failed attempts in a row after which a host gets no further ones for a while. */
  readonly threshold?: number;
  /** That while, ms. After it, one attempt decides. */
  readonly pauseMs?: number;
};

/** Where an attempt goes. Owners are apart, so that one cannot stop the callbacks of another. */
export type Destination = { readonly owner: string; readonly host: string };

/** Spares a host that fails, and the places that attempts on it would take. */
export type HostBreaker = {
  /** Makes an attempt; undefined when the host gets none at the moment. */
  run(destination: Destination, attempt: () => Promise<AttemptResult>): Promise<AttemptResult | undefined>;
  /** Wait after which to ask again, ms. */
  readonly pauseMs: number;
};

const THRESHOLD = 10;
const PAUSE_MS = 30_000;
/** Most hosts that are remembered; the one that was used least recently is forgotten first. */
const MOST_HOSTS = 1_000;

export function createHostBreaker({ threshold = THRESHOLD, pauseMs = PAUSE_MS }: BreakerOptions = {}): HostBreaker {
  const policies = new Map<string, CircuitBreakerPolicy>();

  function policyOf({ owner, host }: Destination): CircuitBreakerPolicy {
    const key = JSON.stringify([host, owner]);
    const policy = policies.get(key) ?? fresh();
    policies.delete(key);
    policies.set(key, policy);
    const [oldest = key] = policies.keys();
    if (policies.size > MOST_HOSTS) policies.delete(oldest);
    return policy;
  }

  const fresh = () =>
    circuitBreaker(
      handleWhenResult((result) => isFault(result as AttemptResult)),
      { breaker: new ConsecutiveBreaker(threshold), halfOpenAfter: pauseMs },
    );

  return {
    pauseMs,
    async run(destination, attempt) {
      try {
        return await policyOf(destination).execute(attempt);
      } catch (error) {
        if (error instanceof BrokenCircuitError) return undefined;
        throw error;
      }
    },
  };
}

/** Whether the host is at fault. A 4xx status concerns one callback, except for 429: too many requests. */
function isFault(result: AttemptResult): boolean {
  if (result.kind === 'failure') return result.reason !== 'secrets' && result.reason !== 'forbidden';
  return result.status >= 500 || result.status === 429;
}
