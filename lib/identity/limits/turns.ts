import { AppError } from '#lib/errors.ts';

/** Throws any error of `run`, and UNAVAILABLE when `run` could not start in time. */
type Turns = <Result>(run: () => Promise<Result>) => Promise<Result>;

/**
 * Runs up to `atOnce` tasks in parallel and queues the others in order. `waitMs` is the longest wait in the queue; the
 * tasks have their own timeouts. When a task fails, all queued tasks fail with the same error, because the store is
 * down for them as well.
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
  return new AppError('UNAVAILABLE', { part: 'store' }, { message: 'too many lookups are waiting for the database' });
}
