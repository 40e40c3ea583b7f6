import { buildOf } from '#lib/jobs/cache-keys.ts';
import type { JobPrograms } from '#lib/jobs/run/run-tools.ts';
import { announceBuild } from '#lib/store/runners.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';
import type { Store } from './store.ts';

export type JobBuildOptions = {
  readonly store: Pick<Store, 'database'>;
  readonly instance: { readonly id: string };
  /** Throws UNAVAILABLE without usable programs. */
  readonly programs: () => Promise<{ readonly ffmpeg: Pick<JobPrograms['ffmpeg'], 'capabilities'> }>;
};

/**
 * Returns a function that records with which ffmpeg this process runs jobs. Call it after each beat: the row may be new,
 * because it is deleted when a database has been unreachable for long.
 */
export function createBuildNotice({ store, instance, programs }: JobBuildOptions): () => Promise<void> {
  const buildOnce = onceSuccessful(async () => await buildOf((await programs()).ffmpeg.capabilities));
  return async () => {
    const build = await buildOnce();
    await store.database.run((db) => announceBuild(db, { id: instance.id, build }));
  };
}
