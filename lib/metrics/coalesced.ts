/**
 * Runs a task once at a time. A call while it runs gets the result of the next run, which begins after this one, so that
 * no result is older than the call.
 */
export function coalesced<Result>(task: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> | undefined;
  let next: Promise<Result> | undefined;

  function start(): Promise<Result> {
    const result = task();
    const settled = Promise.allSettled([result]).then(() => {
      if (running === settled) running = undefined;
    });
    running = settled;
    return result;
  }

  return () => {
    if (running === undefined) return start();
    next ??= running.then(() => {
      next = undefined;
      return start();
    });
    return next;
  };
}
