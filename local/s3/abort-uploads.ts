import { access, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type S3rver from '@20minutes/s3rver';
import type { Context } from '@20minutes/s3rver';
import S3Error from '@20minutes/s3rver/lib/models/error.js';

const UPLOAD = /^[a-z\d]{1,64}$/;

/**
 * Returns the middleware for AbortMultipartUpload, which s3rver lacks. Parts of an upload that does not exist, or not
 * any more, are refused as S3 does: s3rver would make a folder for them that nothing deletes.
 */
export function abortUploads({ store }: Pick<S3rver, 'store'>) {
  const folderOf = (bucket: string, uploadId: string): string => {
    if (!UPLOAD.test(uploadId)) throw noSuchUpload();
    return join(store.getResourcePath(bucket, undefined, 'uploads'), uploadId);
  };
  const putPart = store.putPart.bind(store);
  store.putPart = async (bucket, uploadId, ...rest) => {
    await access(join(folderOf(bucket, uploadId), 'key')).catch(() => {
      throw noSuchUpload();
    });
    return putPart(bucket, uploadId, ...rest);
  };

  return async (context: Context, next: () => Promise<void>): Promise<void> => {
    const [path = '', query = ''] = context.url.split('?');
    const uploadId = new URLSearchParams(query).get('uploadId');
    if (context.method !== 'DELETE' || uploadId === null) return next();
    const [, bucket = '', ...key] = path.split('/');
    const folder = folderOf(bucket, uploadId);
    const begun = await readFile(join(folder, 'key'), 'utf8').catch(() => undefined);
    if (begun === undefined || begun !== decodeURIComponent(key.join('/'))) throw noSuchUpload();
    await rm(folder, { recursive: true, force: true });
    context.status = 204;
  };
}

function noSuchUpload(): S3Error {
  return new S3Error('NoSuchUpload', 'The specified upload does not exist.');
}
