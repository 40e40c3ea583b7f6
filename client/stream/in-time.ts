/** How long a promise is waited for. */
export type Wait = {
  readonly ms: number;
  /** Its reason is thrown. */
  readonly stopped: AbortSignal;
  /** What is thrown when the time is over. */
  readonly late: () => Error;
};

/** What a promise gives, if it does in time. What it does later is nobody's. */
export async function inTime<T>(promise: Promise<T>, { ms, stopped, late }: Wait): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(late()), Math.ceil(ms));
  const abort = () => over.reject(stopped.reason);
  stopped.addEventListener('abort', abort, { once: true });
  if (stopped.aborted) abort();
  try {
    return await Promise.race([promise, over.promise]);
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener('abort', abort);
  }
}
