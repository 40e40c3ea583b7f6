/** Returns a promise that rejects on Ctrl-C, so that the caller can clean up. A second Ctrl-C ends the process. */
export function interruption(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  process.once('SIGINT', () => reject(new Error('interrupted')));
  // Ctrl-C may come while no code awaits the promise.
  promise.catch(() => undefined);
  return promise;
}
