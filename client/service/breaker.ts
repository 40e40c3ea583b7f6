import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { AppError } from '#lib/errors.ts';
import { createSilenceBackoff } from './silence-backoff.ts';

/** Decides whether the service gets requests. */
export type ServiceBreaker = {
  /** Sends a request, which resolves when there is audio, and counts a fault of the service against it. */
  run<T>(request: () => Promise<T>): Promise<T>;
  /** Counts a later fault against it, in a stream that had begun. */
  blame(error: unknown): Promise<void>;
  /** Probes its health; a failed probe counts against it. */
  isWell(): Promise<boolean>;
  /**
   * Whether it may get a request; probes its health first while the circuit is open. A service that is healthy and was
   * silent all the same gets no requests for a while, unless it was down meanwhile.
   */
  isUsable(): Promise<boolean>;
  close(): void;
};

export type ServiceBreakerOptions = {
  /** Consecutive failures after which the circuit opens. */
  readonly threshold: number;
  /** Time between two health probes while the circuit is open, ms. */
  readonly probeEveryMs: number;
  /** Resolves when the service can take work. */
  readonly probe: () => Promise<void>;
  readonly onChange: (isUsable: boolean) => void;
  /** Milliseconds; performance.now() when absent. */
  readonly clock?: () => number;
};

/** A request that comes while the circuit is open probes once more: half-open is any later moment. */
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

  /** Probes for as long as the service gets no requests, and reports when that changes. */
  function update(): void {
    const isUsable = policy.state === CircuitState.Closed && !silence.isHeld();
    if (isClosed || isUsable === (timer === undefined)) return;
    clearInterval(timer);
    timer = isUsable ? undefined : setInterval(() => void probeOnce(), probeEveryMs).unref();
    onChange(isUsable);
  }

  /** Runs one probe at a time, which all callers share. */
  function probeOnce(): Promise<boolean> {
    probing ??= policy
      .execute(probe)
      .then(
        () => true,
        () => {
          // It was down: after a restart it may be better.
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
        // An abort is the caller's.
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

/** Not that it is busy, nor what is wrong with a request or a source, nor that a caller has left. */
function isServiceFault(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.details['part'] === 'service') return error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
  return error.code === 'INTERNAL_ERROR' || error.code === 'UNAVAILABLE';
}
