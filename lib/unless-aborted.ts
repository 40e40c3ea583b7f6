import { addAbortListener } from 'node:events';

/** What `work` comes to, or the signal's reason if that is first; what work itself does then is up to its owner. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  using _ = addAbortListener(signal, () => reject(signal.reason));
  return await Promise.race([work, aborted]);
}
