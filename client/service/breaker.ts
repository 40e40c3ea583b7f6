import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { AppError } from '#lib/errors.ts';
import { createSilenceWatch } from './silence-backoff.ts';

/** Whether the service is worth asking. */
export type ServiceBreaker = {
  /** Asks the service; what it does badly counts against it. Resolves when there is audio. */
  run<T>(ask: () => Promise<T>): Promise<T>;
  /** Counts against it what went wrong later, in a stream that had begun. */
  blame(error: unknown): Promise<void>;
  /** Whether it says that it can take work, now; that it cannot counts against it. */
  isWell(): Promise<boolean>;
  /**
   * Whether it may be asked: while it is not known to work, it is asked first how it is. One that says it is well, and
   * has been silent all the same, is not asked for a while, unless it has been away meanwhile.
   */
  isUsable(): Promise<boolean>;
  close(): void;
};

export type ServiceBreakerOptions = {
  /** Failures in a row after which it is not asked any more. */
  readonly threshold: number;
  /** Time between two looks at whether it is back, ms. */
  readonly probeEveryMs: number;
  /** Resolves when the service can take work. */
  readonly probe: () => Promise<void>;
  readonly onChange: (isUsable: boolean) => void;
  /** Milliseconds; performance.now() when absent. */
  readonly clock?: () => number;
};

/** A request that comes while the service is away asks it once more: half-open is any moment but this one. */
const HALF_OPEN_AFTER_MS = 1;

export function createServiceBreaker({
  threshold,
  probeEveryMs,
  probe,
  onChange,
  clock,
}: ServiceBreakerOptions): ServiceBreaker {
  const policy = circuitBreaker(handleWhen(isServiceFault), {
    breaker: new ConsecutiveBreaker(threshold),
    halfOpenAfter: HALF_OPEN_AFTER_MS,
  });
  const silence = createSilenceWatch(clock);
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<boolean> | undefined;
  let isClosed = false;

  policy.onBreak(update);
  policy.onReset(update);

  /** Looks at the service for as long as it is not to be asked, and tells when that changes. */
  function update(): void {
    const isUsable = policy.state === CircuitState.Closed && !silence.isHeld();
    if (isClosed || isUsable === (timer === undefined)) return;
    clearInterval(timer);
    timer = isUsable ? undefined : setInterval(() => void look(), probeEveryMs).unref();
    onChange(isUsable);
  }

  /** One look at a time, whoever wants to know. */
  function look(): Promise<boolean> {
    probing ??= policy
      .execute(probe)
      .then(
        () => true,
        () => {
          // It has been away: when it is back it may be better.
          silence.forget();
          return false;
        },
      )
      .finally(() => {
        probing = undefined;
        update();
      });
    return probing;
  }

  return {
    async run(ask) {
      try {
        const answer = await policy.execute(ask);
        silence.forget();
        return answer;
      } catch (error) {
        // Who does not want it any more says nothing of it.
        if (error instanceof AppError) silence.failed(error);
        throw error;
      } finally {
        update();
      }
    },
    blame: (error) => policy.execute(() => Promise.reject(error)).catch(() => undefined),
    isWell: look,
    async isUsable() {
      if (silence.isHeld()) return false;
      return policy.state === CircuitState.Closed || (await look());
    },
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

/** Its own troubles; not that it is busy, nor what is wrong with a request or a source, nor that a caller has left. */
function isServiceFault(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.details['part'] === 'service') return error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
  return error.code === 'INTERNAL_ERROR' || error.code === 'UNAVAILABLE';
}
