import type { AttemptObject } from '#lib/jobs/attempt.ts';
import { withTimeout } from '#lib/with-timeout.ts';
import type { ResultStorage } from './run-tools.ts';

/** The objects that an attempt has begun, which are of no use unless it completes. */
export type BegunObjects = {
  /** Announces an object, then remembers it. */
  begin(object: AttemptObject): Promise<void>;
  /** Deletes them. The sweep finds by their rows those that the storage could not delete in time. */
  discard(): Promise<void>;
};

const DISCARD_MS = 900;

export function createBegunObjects(
  announce: (object: AttemptObject) => Promise<void>,
  results: Pick<ResultStorage, 'remove'>,
): BegunObjects {
  const keys = new Set<string>();
  return {
    async begin(object) {
      await announce(object);
      keys.add(object.key);
    },
    async discard() {
      const removed = [...keys].map((key) => results.remove({ key }));
      await withTimeout(DISCARD_MS, Promise.allSettled(removed), () => undefined);
    },
  };
}
