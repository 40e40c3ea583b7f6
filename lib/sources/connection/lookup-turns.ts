import { addAbortListener } from 'node:events';

export type LookupTurnsOptions = {
  /** Most lookups at the same time, of all subjects and of one. */
  readonly total: number;
  readonly perSubject: number;
};

/** Bounds the lookups in flight, so that the names of one subject never delay those of another. */
export type LookupTurns = {
  /** Waits for a turn; disposing of the result ends it. Throws the signal's reason. */
  take(subject: string, signal: AbortSignal): Promise<Disposable>;
};

type Waiter = { readonly subject: string; readonly start: (turn: Disposable) => void };

export function createLookupTurns({ total, perSubject }: LookupTurnsOptions): LookupTurns {
  const running = new Map<string, number>();
  const waiting = new Set<Waiter>();
  let inFlight = 0;

  function count(subject: string, change: 1 | -1): void {
    inFlight += change;
    const left = (running.get(subject) ?? 0) + change;
    if (left === 0) running.delete(subject);
    else running.set(subject, left);
  }

  function startWaiting(): void {
    for (const waiter of waiting) {
      if (inFlight >= total) return;
      if ((running.get(waiter.subject) ?? 0) >= perSubject) continue;
      waiting.delete(waiter);
      count(waiter.subject, 1);
      waiter.start({ [Symbol.dispose]: () => end(waiter.subject) });
    }
  }

  function end(subject: string): void {
    count(subject, -1);
    startWaiting();
  }

  return {
    async take(subject, signal) {
      signal.throwIfAborted();
      const { promise, resolve: start, reject } = Promise.withResolvers<Disposable>();
      const waiter = { subject, start };
      using _ = addAbortListener(signal, () => {
        waiting.delete(waiter);
        reject(signal.reason);
      });
      waiting.add(waiter);
      startWaiting();
      return await promise;
    },
  };
}
