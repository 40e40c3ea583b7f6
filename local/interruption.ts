/** Rejects on Ctrl-C, so that what was begun is put away; the same again ends the process as ever. */
export function interruption(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  process.once('SIGINT', () => reject(new Error('interrupted')));
  // It may come when nobody waits.
  promise.catch(() => undefined);
  return promise;
}
