import type { FoundJob } from '#lib/jobs/job-store.ts';

/** Jobs that one query reads. */
const MOST = 100;

type Waiting = Map<string, PromiseWithResolvers<FoundJob | undefined>>;

/** Returns a function that finds a job. Jobs that are asked for at the same time are read with one query. */
export function findTogether(
  read: (ids: readonly string[]) => Promise<readonly FoundJob[]>,
): (id: string) => Promise<FoundJob | undefined> {
  let waiting: Waiting = new Map();

  async function readAll(asked: Waiting): Promise<void> {
    if (waiting === asked) waiting = new Map();
    try {
      const found = new Map((await read([...asked.keys()])).map((job) => [job.record.id, job]));
      for (const [id, { resolve }] of asked) resolve(found.get(id));
    } catch (error) {
      for (const { reject } of asked.values()) reject(error);
    }
  }

  return (id) => {
    if (waiting.size >= MOST) waiting = new Map();
    const asked = waiting;
    if (asked.size === 0) setImmediate(() => void readAll(asked));
    const answer = asked.get(id) ?? Promise.withResolvers<FoundJob | undefined>();
    asked.set(id, answer);
    return answer.promise;
  };
}
