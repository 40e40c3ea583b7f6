import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { AppError } from '#lib/errors.ts';
import { createSilenceBackoff } from './silence-backoff.ts';

/** The circuit breaker: decides whether the service gets requests. */
export type ServiceBreaker = {
  /** Runs a request, which resolves when there is audio, and counts a fault of the service. */
  run<T>(request: () => Promise<T>): Promise<T>;
  /** Counts a fault in a stream that has already started. */
  blame(error: unknown): Promise<void>;
  /** Probes the health of the service; a failed probe counts as a fault. */
  isWell(): Promise<boolean>;
  /**
   * Whether the service may get a request. While the circuit is open, it probes the health first. A service that is
   * healthy but was silent gets no requests for a while, unless it was down in the meantime.
   */
  isUsable(): Promise<boolean>;
  close(): void;
};

export type ServiceBreakerOptions = {
  /** Consecutive failures after which the circuit opens. */
  readonly threshold: number;
  /** Interval between health probes while the circuit is open, ms. */
  readonly probeEveryMs: number;
  /** Resolves when the service can take work. */
  readonly probe: () => Promise<void>;
  readonly onChange: (isUsable: boolean) => void;
  /** Milliseconds; performance.now() when absent. */
  readonly clock?: () => number;
};

/** A request while the circuit is open probes at once, so the circuit becomes half-open immediately. */
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
  const silence = createSilenceBackoff(clock);
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<boolean> | undefined;
  let isClosed = false;

  policy.onBreak(update);
  policy.onReset(update);

  /** Probes while the service gets no requests, and reports when that changes. */
  function update(): void {
    const isUsable = policy.state === CircuitState.Closed && !silence.isHeld();
    if (isClosed || isUsable === (timer === undefined)) return;
    clearInterval(timer);
    timer = isUsable ? undefined : setInterval(() => void probeOnce(), probeEveryMs).unref();
    onChange(isUsable);
  }

  /** Runs one probe at a time, shared by all callers. */
  function probeOnce(): Promise<boolean> {
    probing ??= policy
      .execute(probe)
      .then(
        () => true,
        () => {
          // It was down: a restart may have fixed the silence.
          silence.reset();
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
    async run(request) {
      try {
        const answer = await policy.execute(request);
        silence.reset();
        return answer;
      } catch (error) {
        // Any other error is an abort by the caller.
        if (error instanceof AppError) silence.failed(error);
        throw error;
      } finally {
        update();
      }
    },
    blame: (error) => policy.execute(() => Promise.reject(error)).catch(() => undefined),
    isWell: probeOnce,
    async isUsable() {
      if (silence.isHeld()) return false;
      return policy.state === CircuitState.Closed || (await probeOnce());
    },
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

/** Whether the service is at fault. A busy service, an invalid request or source, or an abort is not its fault. */
function isServiceFault(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.details['part'] === 'service') return error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
  return error.code === 'INTERNAL_ERROR' || error.code === 'UNAVAILABLE';
}
