import { AppError } from '#lib/errors.ts';

/**
 * Counts requests to which a service that says it is well has sent nothing: each costs a listener the whole wait, so
 * that after several in a row it is not asked for a while, each time for longer.
 */
export type SilenceWatch = {
  /** A request has come to nothing; whatever was no silence ends the row. */
  failed(error: unknown): void;
  /** It has sent audio, or has been away. */
  forget(): void;
  isHeld(): boolean;
};

/** In a row, before it is left alone for longer than a look at it takes. */
const BEARABLE = 2;
const HELD_MS = { first: 4_000, longest: 30_000 } as const;

export function createSilenceWatch(clock: () => number = () => performance.now()): SilenceWatch {
  let silent = 0;
  let heldUntil = Number.NEGATIVE_INFINITY;
  function forget(): void {
    silent = 0;
    heldUntil = Number.NEGATIVE_INFINITY;
  }

  return {
    forget,
    failed(error) {
      if (!isSilence(error)) {
        forget();
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
