import type { DoomedObject, JobChores } from './job-store.ts';

export type ChoresOptions = {
  readonly store: JobChores;
  /** Deletes an object, or aborts its multipart upload. What does not exist is no error. Throws UNAVAILABLE. */
  readonly remove: (object: { readonly key: string; readonly uploadId?: string | undefined }) => Promise<void>;
  /** Days that records of ended jobs are kept. */
  readonly recordDays: number;
};

/** What keeps the rows and the storage of jobs in order. Each returns the number of rows or objects. */
export type Chores = Readonly<
  Record<
    | 'jobs_expired'
    | 'jobs_deleted'
    | 'job_keys_forgotten'
    | 'job_objects_deleted'
    | 'jobs_raised'
    | 'job_entries_mended',
    () => Promise<number>
  >
>;

const DAY_MS = 86_400_000;
/** Objects that one round deletes. */
const BATCH = 100;

export function createChores({ store, remove, recordDays }: ChoresOptions): Chores {
  /** A failing storage ends the round: the rest is deleted by the next. */
  async function deleteObjects(): Promise<number> {
    let count = 0;
    for (;;) {
      const doomed = await store.doomedObjects(BATCH);
      for (const object of doomed) await deleteObject(object);
      count += doomed.length;
      if (doomed.length < BATCH) return count;
    }
  }

  async function deleteObject({ id, key, uploadId }: DoomedObject): Promise<void> {
    await remove({ key, uploadId: uploadId ?? undefined });
    await store.forgetObjects([id]);
  }

  return {
    jobs_expired: store.expireResults,
    jobs_deleted: () => store.deleteEndedBefore(new Date(Date.now() - recordDays * DAY_MS)),
    job_keys_forgotten: store.forgetKeys,
    job_objects_deleted: deleteObjects,
    jobs_raised: store.age,
    job_entries_mended: store.mendEntries,
  };
}
