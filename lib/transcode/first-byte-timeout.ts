import { AppError } from '#lib/errors.ts';

export type FirstByteTimeoutOptions = {
  /** Bytes ffmpeg has taken of its source so far. */
  readonly taken: () => number;
  readonly fail: (error: Error) => void;
};

/** Fails when so many milliseconds pass in which ffmpeg takes nothing more of its source. Returns the stop. */
export function startFirstByteTimeout(ms: number, { taken, fail }: FirstByteTimeoutOptions): () => void {
  let before = taken();
  const timer = setInterval(() => {
    const now = taken();
    if (now === before) fail(tooLate(ms));
    before = now;
  }, ms);
  return () => clearInterval(timer);
}

function tooLate(ms: number): AppError {
  const details = { part: 'ffmpeg', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'no audio came in time' });
}
