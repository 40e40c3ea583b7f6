import { AppError } from '#lib/errors.ts';

export type AdmissionOptions = {
  readonly maxConcurrent: number;
  readonly memoryLimitBytes: number;
  /** Memory the service and its children use now, bytes. */
  readonly memoryUsed: () => number;
};

/** Who may start work. A place is given back by calling what `enter` returned; calling it twice does nothing. */
export type Admission = {
  /** Throws OVERLOADED when all places or the memory are taken, UNAVAILABLE when closed. */
  enter(): () => void;
  /** Lets nobody in any more. */
  close(): void;
  /** Resolves when the last place has been given back. */
  empty(): Promise<void>;
  taken(): number;
  isClosed(): boolean;
};

/** Memory is asked for at most this often, ms: it costs a read for each child. */
const MEMORY_SAMPLE_MS = 250;

export function createAdmission({ maxConcurrent, memoryLimitBytes, memoryUsed }: AdmissionOptions): Admission {
  let taken = 0;
  let closed = false;
  let sample = { at: Number.NEGATIVE_INFINITY, bytes: 0 };
  let waiting: (() => void)[] = [];

  function memory(): number {
    const now = performance.now();
    if (now - sample.at > MEMORY_SAMPLE_MS) sample = { at: now, bytes: memoryUsed() };
    return sample.bytes;
  }

  function leave(): void {
    taken -= 1;
    if (taken > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  return {
    enter() {
      if (closed)
        throw new AppError('UNAVAILABLE', { reason: 'shutting_down' }, { message: 'the service is shutting down' });
      if (taken >= maxConcurrent) {
        throw new AppError(
          'OVERLOADED',
          { limit: maxConcurrent },
          { message: `all ${maxConcurrent} streams are taken` },
        );
      }
      if (memory() > memoryLimitBytes) {
        throw new AppError('OVERLOADED', { reason: 'memory' }, { message: 'the memory is taken' });
      }
      taken += 1;
      let left = false;
      return () => {
        if (!left) leave();
        left = true;
      };
    },
    close() {
      closed = true;
    },
    empty: () => (taken === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    taken: () => taken,
    isClosed: () => closed,
  };
}
