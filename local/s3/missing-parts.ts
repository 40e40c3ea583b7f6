import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type S3rver from '@20minutes/s3rver';
import S3Error from '@20minutes/s3rver/lib/models/error.js';

/** Makes the server refuse to complete an upload with missing parts, as S3 does. Without this it would crash. */
export function refuseMissingParts({ store }: S3rver): void {
  const complete = store.putObjectMultipart.bind(store);
  store.putObjectMultipart = async (bucket, uploadId, parts, ...rest) => {
    const folder = join(store.getResourcePath(bucket, undefined, 'uploads'), uploadId);
    const isThere = (number: number) => access(join(folder, String(number)));
    await Promise.all(parts.map(({ number }) => isThere(number))).catch(() => {
      throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.');
    });
    return complete(bucket, uploadId, parts, ...rest);
  };
}
