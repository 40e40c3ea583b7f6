import { AppError } from '#lib/errors.ts';

/** Runs it when its turn comes. Throws what it throws, and UNAVAILABLE when its turn did not come in time. */
export type Turns = <Result>(run: () => Promise<Result>) => Promise<Result>;

export type TurnsOptions = {
  readonly atOnce: number;
  /** Longest wait for a turn, ms; what runs has to be bounded itself. */
  readonly waitMs: number;
};

type Waiting = PromiseWithResolvers<void> & { readonly since: number };

/**
 * Lets so many ask the store at once, and the others wait, in the order in which they came. Who was told that it does not
 * answer speaks for all behind him: they are not kept waiting to be told the same.
 */
export function createTurns({ atOnce, waitMs }: TurnsOptions): Turns {
  const waiting: Waiting[] = [];
  let running = 0;

  function next(): void {
    running -= 1;
    while (running < atOnce) {
      const first = waiting.shift();
      if (first === undefined) return;
      if (performance.now() - first.since > waitMs) {
        first.reject(unavailable());
        continue;
      }
      running += 1;
      first.resolve();
    }
  }

  return async (run) => {
    if (running < atOnce) running += 1;
    else {
      const turn = { ...Promise.withResolvers<void>(), since: performance.now() };
      waiting.push(turn);
      await turn.promise;
    }
    try {
      return await run();
    } catch (error) {
      for (const { reject } of waiting.splice(0)) reject(error);
      throw error;
    } finally {
      next();
    }
  };
}

function unavailable(): AppError {
  return new AppError('UNAVAILABLE', { part: 'store' }, { message: 'the database is asked too much at present' });
}
