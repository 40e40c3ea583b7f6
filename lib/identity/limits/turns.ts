import { AppError } from '#lib/errors.ts';

/** Throws what `run` throws, and UNAVAILABLE when its turn did not come in time. */
type Turns = <Result>(run: () => Promise<Result>) => Promise<Result>;

/**
 * Runs `atOnce` tasks in parallel, and the others in the order in which they came. `waitMs` is the longest wait for a
 * turn; the tasks have timeouts of their own. The failure of one is given to all that wait: the store is down for them too.
 */
export function createTurns({ atOnce, waitMs }: { readonly atOnce: number; readonly waitMs: number }): Turns {
  const waiting: (PromiseWithResolvers<void> & { readonly since: number })[] = [];
  let running = 0;

  function next(): void {
    running -= 1;
    while (running < atOnce) {
      const first = waiting.shift();
      if (first === undefined) return;
      if (performance.now() - first.since > waitMs) first.reject(overdue());
      else {
        running += 1;
        first.resolve();
      }
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

function overdue(): AppError {
  return new AppError('UNAVAILABLE', { part: 'store' }, { message: 'the database is asked too much at present' });
}
