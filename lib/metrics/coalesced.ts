/**
 * Runs a task one at a time. A call during a run gets the result of the next run, which starts afterwards, so no result
 * is older than its call.
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
