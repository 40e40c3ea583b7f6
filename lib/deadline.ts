/** Time reserved before the platform's deadline to end a response properly, ms. */
const MARGIN_MS = 1_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls back shortly before the end of an invocation that has `remainingMs` left. Returns a function to cancel it. */
export function beforeDeadline(remainingMs: number, callBack: () => void): () => void {
  const ms = Math.max(0, Math.min(remainingMs - MARGIN_MS, LONGEST_TIMER_MS));
  const timer = setTimeout(callBack, ms).unref();
  return () => clearTimeout(timer);
}
