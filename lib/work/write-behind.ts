import { withTimeout } from '#lib/with-timeout.ts';
import { afterFailure, type RestartPolicy } from './restart-policy.ts';

/** Schedules writings that nothing waits for: one at a time, and a pause after one that failed. */
export type WriteBehind = {
  /** Writes at this time (performance.now()), or earlier. */
  schedule(at: number): void;
  /** Writes all there is, unless a writing fails. Never rejects. */
  flush(): Promise<void>;
  /** A last flush that takes no longer than this, ms. Nothing is written after it. */
  close(timeoutMs: number): Promise<void>;
  /** Whether the last writing failed. */
  isFailing(): boolean;
};

export type WriteBehindOptions = {
  /** Writes some of what is due by then; resolves with false when it failed. Never rejects. */
  readonly write: (dueBy: number) => Promise<boolean>;
  /** When the next is due; Infinity when there is nothing to write. */
  readonly nextDue: () => number;
  readonly retry: RestartPolicy;
};

export function createWriteBehind({ write, nextDue, retry }: WriteBehindOptions): WriteBehind {
  let timer: { readonly at: number; readonly handle: NodeJS.Timeout } | undefined;
  let writing: Promise<boolean> | undefined;
  let retryAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let closed = false;

  /** Does nothing while a writing is under way: its end schedules what is due next. */
  function schedule(dueAt: number): void {
    const at = Math.max(dueAt, retryAt);
    if (closed || writing !== undefined || at === Number.POSITIVE_INFINITY) return;
    if (timer !== undefined && timer.at <= at) return;
    clearTimeout(timer?.handle);
    const delay = at - performance.now();
    if (delay <= 0) void start(at);
    else timer = { at, handle: setTimeout(() => void start(at), delay).unref() };
  }

  function start(dueBy: number): Promise<boolean> {
    clearTimeout(timer?.handle);
    timer = undefined;
    writing ??= write(Math.max(dueBy, performance.now())).then((succeeded) => {
      writing = undefined;
      if (succeeded) [failures, retryAt] = [0, Number.NEGATIVE_INFINITY];
      else failed();
      schedule(nextDue());
      return succeeded;
    });
    return writing;
  }

  function failed(): void {
    const restart = afterFailure(retry, { failures });
    failures = restart.failures;
    retryAt = performance.now() + (restart.delayMs ?? Number.POSITIVE_INFINITY);
  }

  async function flush(): Promise<void> {
    await writing;
    while (nextDue() < Number.POSITIVE_INFINITY) if (!(await start(Number.POSITIVE_INFINITY))) return;
  }

  return {
    schedule,
    flush,
    isFailing: () => retryAt !== Number.NEGATIVE_INFINITY,
    async close(timeoutMs) {
      await withTimeout(timeoutMs, flush(), () => undefined);
      closed = true;
      clearTimeout(timer?.handle);
    },
  };
}
