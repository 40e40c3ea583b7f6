import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { AppError } from '#lib/errors.ts';

/** Whether the service is worth asking. */
export type ServiceBreaker = {
  /** Asks the service; what it does badly counts against it. */
  run<T>(ask: () => Promise<T>): Promise<T>;
  /** Counts against it what went wrong later, in a stream that had begun. */
  blame(error: unknown): Promise<void>;
  /** Whether it may be asked: while it is not known to work, it is asked first how it is. */
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
};

/** A request that comes while the service is away asks it once more: half-open is any moment but this one. */
const HALF_OPEN_AFTER_MS = 1;

export function createServiceBreaker({
  threshold,
  probeEveryMs,
  probe,
  onChange,
}: ServiceBreakerOptions): ServiceBreaker {
  const policy = circuitBreaker(handleWhen(isServiceFault), {
    breaker: new ConsecutiveBreaker(threshold),
    halfOpenAfter: HALF_OPEN_AFTER_MS,
  });
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<boolean> | undefined;

  policy.onBreak(() => {
    if (timer !== undefined) return;
    timer = setInterval(() => void look(), probeEveryMs).unref();
    onChange(false);
  });
  policy.onReset(() => {
    clearInterval(timer);
    timer = undefined;
    onChange(true);
  });

  /** One look at a time, whoever wants to know. */
  function look(): Promise<boolean> {
    probing ??= policy
      .execute(probe)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        probing = undefined;
      });
    return probing;
  }

  return {
    run: (ask) => policy.execute(ask),
    blame: (error) => policy.execute(() => Promise.reject(error)).catch(() => undefined),
    isUsable: async () => policy.state === CircuitState.Closed || (await look()),
    close() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** Its own troubles; not that it is busy, nor what is wrong with a request or a source. */
function isServiceFault(error: unknown): boolean {
  if (!(error instanceof AppError)) return true;
  if (error.details['part'] === 'service') return error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
  return error.code === 'INTERNAL_ERROR' || error.code === 'UNAVAILABLE';
}
