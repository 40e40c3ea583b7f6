import { AppError } from '#lib/errors.ts';

/**
 * Holds requests back from a service that reports itself healthy and sends no audio: each such request costs a listener
 * the whole wait. After several in a row it gets none for a while, each time for longer.
 */
export type SilenceBackoff = {
  /** A request failed; any failure other than silence ends the row. */
  failed(error: unknown): void;
  /** The service has sent audio, or was down. */
  reset(): void;
  isHeld(): boolean;
};

/** Consecutive silent requests before requests are held back. */
const BEARABLE = 2;
const HELD_MS = { first: 4_000, longest: 30_000 } as const;

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
      silent += 1;
      if (silent < BEARABLE) return;
      heldUntil = clock() + Math.min(HELD_MS.longest, HELD_MS.first * 2 ** (silent - BEARABLE));
    },
    isHeld: () => clock() < heldUntil,
  };
}

function isSilence(error: unknown): boolean {
  return error instanceof AppError && error.code === 'TIMEOUT' && error.details['reason'] === 'silent';
}
