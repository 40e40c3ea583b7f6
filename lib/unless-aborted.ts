import { addAbortListener } from 'node:events';

/** Returns the result of `work`, or throws the signal's reason if it aborts first. It does not stop `work`. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  using _ = addAbortListener(signal, () => reject(signal.reason));
  return await Promise.race([work, aborted]);
}
