import { type AttemptsOptions, openAttempts } from './attempts.ts';
import type { JobQueue } from './job-store.ts';

export type TakeWaitingOptions = AttemptsOptions & {
  readonly queue: Pick<JobQueue, 'next' | 'tend'>;
  /** Jobs of one account at once, in all processes; unlimited when absent. */
  readonly accountConcurrency?: number | undefined;
  /** Returns the time until this process is ended, ms. */
  readonly remainingMs: () => number;
  /** Aborted when it must end now. */
  readonly signal: AbortSignal;
  readonly times?: Times;
};

/** Times before the end of the process, ms. */
export type Times = {
  /** From here on no further job is started. */
  readonly noMore: number;
  /** A job that runs is handed back. */
  readonly handBack: number;
  /** It is left as it is: another process starts it again when its heartbeat is overdue. */
  readonly leave: number;
};

export type TakenWaiting = {
  /** Attempts that were started. */
  readonly started: number;
  /** Whether the time was over before the queue was empty. */
  readonly mayBeMore: boolean;
};

export const TIMES: Times = { noMore: 120_000, handBack: 20_000, leave: 3_000 };

/** A timer of Node.js waits no longer, ms. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Runs waiting jobs, one after another, until there is none that functions may run or the time is over. Rejects with
 * UNAVAILABLE when the queue cannot be reached.
 */
export async function takeWaiting(options: TakeWaitingOptions): Promise<TakenWaiting> {
  const { queue, accountConcurrency, remainingMs, signal, times = TIMES } = options;
  const attempts = openAttempts(options);
  const leaving = new AbortController();
  const handBack = () => attempts.stop();
  const timers = [before(times.handBack, handBack), before(times.leave, () => leaving.abort())];
  signal.addEventListener('abort', handBack, { once: true });
  let started = 0;

  function before(ms: number, act: () => void): NodeJS.Timeout {
    return setTimeout(act, Math.min(LONGEST_MS, Math.max(0, remainingMs() - ms)));
  }

  /** The first job gets what time there is. */
  function isOver(): boolean {
    return signal.aborted || remainingMs() <= (started === 0 ? times.handBack : times.noMore);
  }

  try {
    await queue.tend();
    while (!isOver()) {
      const held = await queue.next({ accountConcurrency, onError: attempts.report });
      if (held === undefined) return { started, mayBeMore: false };
      started += 1;
      await attempts.handle(held.entry, AbortSignal.any([held.lost, leaving.signal])).finally(held.release);
    }
    return { started, mayBeMore: true };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', handBack);
    attempts.close();
  }
}
