import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type S3rver from '@20minutes/s3rver';

/** Age at which an upload in parts counts as given up, as in the bucket on AWS (`deploy/resources.yml`), ms. */
const GIVEN_UP_MS = 86_400_000;
const EVERY_MS = 3_600_000;

/** Deletes the parts of uploads that got none for a day, now and every hour. Returns a function that stops it. */
export function deleteGivenUpUploads(server: Pick<S3rver, 'store'>, buckets: readonly string[]): () => void {
  const clean = () => void Promise.all(buckets.map((bucket) => deleteIn(server, bucket)));
  clean();
  const timer = setInterval(clean, EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Returns the number of deleted uploads. */
export async function deleteIn({ store }: Pick<S3rver, 'store'>, bucket: string, now = Date.now()): Promise<number> {
  const folder = store.getResourcePath(bucket, '', 'uploads');
  const uploads = await readdir(folder).catch(() => []);
  const deleted = await Promise.all(
    uploads.map(async (id) => {
      const { mtimeMs } = await stat(join(folder, id)).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs < GIVEN_UP_MS) return 0;
      await rm(join(folder, id), { recursive: true, force: true });
      return 1;
    }),
  );
  return deleted.reduce<number>((sum, count) => sum + count, 0);
}
