import { AppError } from '#lib/errors.ts';
import { afterFailure, doubling, type RestartPolicy } from '#lib/work/restart-policy.ts';

/**
 * Holds back requests from a service that reports itself healthy but sends no audio, since each such request costs a
 * listener the whole timeout. After several in a row, the service gets no requests for a while, each time for longer.
 */
export type SilenceBackoff = {
  /** A request failed. A failure other than silence resets the count. */
  failed(error: unknown): void;
  /** The service sent audio, or was down. */
  reset(): void;
  isHeld(): boolean;
};

/** The first silent request causes no pause. */
const HELD: RestartPolicy = { delaysMs: [0, ...doubling(4_000, 30_000)] };

export function createSilenceBackoff(clock: () => number = () => performance.now()): SilenceBackoff {
  let silent = 0;
  let heldUntil = Number.NEGATIVE_INFINITY;
  function reset(): void {
    silent = 0;
    heldUntil = Number.NEGATIVE_INFINITY;
  }

  return {
    reset,
    failed(error) {
      if (!isSilence(error)) {
        reset();
        return;
      }
      const { failures, delayMs = 0 } = afterFailure(HELD, { failures: silent });
      silent = failures;
      heldUntil = clock() + delayMs;
    },
    isHeld: () => clock() < heldUntil,
  };
}

function isSilence(error: unknown): boolean {
  return error instanceof AppError && error.code === 'TIMEOUT' && error.details['reason'] === 'silent';
}
