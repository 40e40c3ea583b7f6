import type { ClientLog } from './client-log.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The log of a stream's failures. A stream retries several times a second, and its causes rarely change. */
export type FailureLog = {
  /** Logs a warning, once for each cause until the failures are over. */
  warn(cause: string, fields: Fields, message: string): void;
  /** The stream works again, or was given up: logs how often each cause occurred. */
  over(): void;
};

type Known = { readonly fields: Fields; readonly message: string; readonly since: number; times: number };

export function createFailureLog(log: ClientLog, clock: () => number = () => performance.now()): FailureLog {
  const known = new Map<string, Known>();
  return {
    warn(cause, fields, message) {
      const before = known.get(cause);
      if (before !== undefined) {
        before.times += 1;
        return;
      }
      known.set(cause, { fields, message, since: clock(), times: 1 });
      log.warn(fields, message);
    },
    over() {
      for (const { fields, message, since, times } of known.values()) {
        if (times === 1) continue;
        const seconds = (clock() - since) / 1_000;
        log.info?.({ ...fields, times, seconds }, `${message}: ${times} times in ${seconds.toFixed(1)} s`);
      }
      known.clear();
    },
  };
}
