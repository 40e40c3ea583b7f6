import { AppError } from '#lib/errors.ts';
import type { Share, Taker } from './shares.ts';

export type AdmissionOptions = {
  readonly places: Share;
  readonly memoryLimitBytes: number;
  /** Returns the memory that the service and its children use now, bytes. */
  readonly memoryUsed: () => number;
};

/** Limits concurrent work. `enter` returns a function that releases the slot; a second call of it does nothing. */
export type Admission = {
  /** Throws RATE_LIMITED and OVERLOADED as `places` does, OVERLOADED when memory is short, UNAVAILABLE when closed. */
  enter(taker: Taker): () => void;
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

export function createAdmission({ places, memoryLimitBytes, memoryUsed }: AdmissionOptions): Admission {
  let closed = false;
  let sample = { at: Number.NEGATIVE_INFINITY, bytes: 0 };
  let emptied = Promise.withResolvers<void>();

  function memory(): number {
    const now = performance.now();
    if (now - sample.at > MEMORY_SAMPLE_MS) sample = { at: now, bytes: memoryUsed() };
    return sample.bytes;
  }

  function leave(): void {
    if (places.total() > 0) return;
    emptied.resolve();
    emptied = Promise.withResolvers();
  }

  return {
    enter(taker) {
      if (closed) throw new AppError('UNAVAILABLE', { reason: 'shutting_down' }, { message: CLOSED });
      if (memory() > memoryLimitBytes) throw new AppError('OVERLOADED', { reason: 'memory' }, { message: NO_MEMORY });
      const place = places.take(taker);
      let hasLeft = false;
      return () => {
        if (hasLeft) return;
        hasLeft = true;
        place.release();
        leave();
      };
    },
    close() {
      closed = true;
    },
    async empty() {
      if (places.total() > 0) await emptied.promise;
    },
    taken: places.total,
    isClosed: () => closed,
  };
}
