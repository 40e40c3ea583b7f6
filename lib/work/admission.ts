import { AppError } from '#lib/errors.ts';

export type AdmissionOptions = {
  readonly maxConcurrent: number;
  readonly memoryLimitBytes: number;
  /** Returns the memory that the service and its children use now, bytes. */
  readonly memoryUsed: () => number;
};

/** Limits concurrent work. `enter` returns a function that releases the slot; a second call of it does nothing. */
export type Admission = {
  /** Throws OVERLOADED when all slots are in use or memory is short, UNAVAILABLE when closed. */
  enter(): () => void;
  /** Admits no more work. */
  close(): void;
  /** Resolves when the last slot is released. */
  empty(): Promise<void>;
  taken(): number;
  isClosed(): boolean;
};

/** Shortest time between two measurements of memory, ms: each one needs a read per child. */
const MEMORY_SAMPLE_MS = 250;
const CLOSED = 'the service is shutting down';
const NO_MEMORY = 'memory use is over its limit';

export function createAdmission({ maxConcurrent, memoryLimitBytes, memoryUsed }: AdmissionOptions): Admission {
  const full = `all ${maxConcurrent} streams are in use`;
  let taken = 0;
  let closed = false;
  let sample = { at: Number.NEGATIVE_INFINITY, bytes: 0 };
  let emptied = Promise.withResolvers<void>();

  function memory(): number {
    const now = performance.now();
    if (now - sample.at > MEMORY_SAMPLE_MS) sample = { at: now, bytes: memoryUsed() };
    return sample.bytes;
  }

  function leave(): void {
    taken -= 1;
    if (taken > 0) return;
    emptied.resolve();
    emptied = Promise.withResolvers();
  }

  return {
    enter() {
      if (closed) throw new AppError('UNAVAILABLE', { reason: 'shutting_down' }, { message: CLOSED });
      if (taken >= maxConcurrent) throw new AppError('OVERLOADED', { limit: maxConcurrent }, { message: full });
      if (memory() > memoryLimitBytes) throw new AppError('OVERLOADED', { reason: 'memory' }, { message: NO_MEMORY });
      taken += 1;
      let hasLeft = false;
      return () => {
        if (!hasLeft) leave();
        hasLeft = true;
      };
    },
    close() {
      closed = true;
    },
    async empty() {
      if (taken > 0) await emptied.promise;
    },
    taken: () => taken,
    isClosed: () => closed,
  };
}
