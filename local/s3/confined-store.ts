import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import type S3rver from '@20minutes/s3rver';
import S3Error from '@20minutes/s3rver/lib/models/error.js';

/**
 * Keeps the server's files in its folder, whatever a request names: buckets, keys, also those in bodies and headers, ids
 * of uploads, numbers of parts. An object appears when it is complete, and a cut upload leaves nothing.
 */
export function confineStore({ store }: S3rver): void {
  const { getBucketPath, getResourcePath, putPart, putObjectMultipart, putContent } = bound(store);
  store.getBucketPath = (bucket) => getBucketPath(plain(bucket, BUCKET));
  store.getResourcePath = (bucket, key, resource) => {
    for (const segment of key?.split('/').slice(0, -1) ?? []) plain(segment, SEGMENT);
    return getResourcePath(plain(bucket, BUCKET), plain(key ?? '', KEY), resource);
  };
  store.putPart = (bucket, uploadId, number, content) =>
    putPart(bucket, plainUpload(uploadId), plain(String(number), NUMBER), content);
  store.putObjectMultipart = (bucket, uploadId, parts) => {
    for (const { number } of parts) plain(String(number), NUMBER);
    return putObjectMultipart(bucket, plainUpload(uploadId), parts);
  };
  store.putContent = async (path, content) => {
    const partial = `${path}.${randomUUID().slice(0, 8)}`;
    try {
      const stored = await putContent(partial, content);
      await rename(partial, path);
      return stored;
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  };
}

const BUCKET = /^[a-z\d][a-z\d.-]{1,62}$/;
const UPLOAD = /^[a-z\d]{1,64}$/;
const NUMBER = /^\d{1,5}$/;
const SEGMENT = /^(?!\.{1,2}$)[^\0]+$/;
/** The last segment is a part of a file's name, and may be empty. */
const KEY = /^[^\0]{0,1024}$/;

function plain(text: string, rule: RegExp): string {
  if (typeof text === 'string' && rule.test(text)) return text;
  throw new S3Error('InvalidArgument', 'A name in the request is not allowed.');
}

function plainUpload(id: string): string {
  if (UPLOAD.test(id)) return id;
  throw new S3Error('NoSuchUpload', 'The specified upload does not exist.');
}

function bound(store: S3rver['store']): S3rver['store'] {
  return new Proxy(store, {
    get(target, name: keyof S3rver['store']) {
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
}
