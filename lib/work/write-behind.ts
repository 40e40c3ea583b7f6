import { withTimeout } from '#lib/with-timeout.ts';
import { afterFailure, type RestartPolicy } from './restart-policy.ts';

/** Schedules background writes, one at a time, with a pause after a failure. */
export type WriteBehind = {
  /** Writes at this time (performance.now()) or earlier. */
  schedule(at: number): void;
  /** Writes everything, until a write fails. Never rejects. */
  flush(): Promise<void>;
  /** Flushes for at most `timeoutMs`. Nothing is written afterwards. */
  close(timeoutMs: number): Promise<void>;
  /** Returns whether the last write failed. */
  isFailing(): boolean;
};

export type WriteBehindOptions = {
  /** Writes some of the entries that are due by `dueBy`. Resolves with false on failure. Never rejects. */
  readonly write: (dueBy: number) => Promise<boolean>;
  /** Returns when the next entry is due; Infinity without entries. */
  readonly nextDue: () => number;
  readonly retry: RestartPolicy;
};

export function createWriteBehind({ write, nextDue, retry }: WriteBehindOptions): WriteBehind {
  let timer: { readonly at: number; readonly handle: NodeJS.Timeout } | undefined;
  let writing: Promise<boolean> | undefined;
  let retryAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let closed = false;

  /** Does nothing during a write: its end schedules the next entries. */
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
