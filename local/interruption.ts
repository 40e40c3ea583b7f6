/** Rejects on Ctrl-C, so that the caller can clean up; a second Ctrl-C ends the process. */
export function interruption(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  process.once('SIGINT', () => reject(new Error('interrupted')));
  // It may come when nothing waits for it.
  promise.catch(() => undefined);
  return promise;
}
