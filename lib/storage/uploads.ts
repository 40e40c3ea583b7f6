import { v7 as uuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { parseSourceUrl } from '#lib/source-url.ts';
import type { Bucket, UploadedPart } from './bucket.ts';
import { isOwn, ownPrefix } from './ownership.ts';
import { PLAIN_UPLOAD_BYTES, partsOf } from './upload-parts.ts';

export type UploadRequest = {
  readonly filename: string | undefined;
  readonly bytes: number;
  readonly contentType: string;
};

/** A started upload. The URLs are secrets: each allows anyone who has it to write. */
export type Upload = { readonly sourceUrl: string; readonly expiresAt: Date } & (
  | { readonly kind: 'plain'; readonly url: string; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly kind: 'multipart';
      readonly uploadId: string;
      readonly partBytes: number;
      readonly parts: readonly { readonly partNumber: number; readonly url: string; readonly bytes: number }[];
    }
);

export type StartedUpload = { readonly sourceUrl: string; readonly uploadId: string };

/** Uploads of callers' files, for use as sources. All methods throw UNAVAILABLE `{part: 'storage'}`. */
export type Uploads = {
  /** Throws PAYLOAD_TOO_LARGE. */
  start(request: UploadRequest, caller: Caller): Promise<Upload>;
  /** Joins the parts of an upload and returns its size. May be repeated. Throws NOT_FOUND and VALIDATION_ERROR. */
  complete(upload: StartedUpload & { readonly parts: readonly UploadedPart[] }, caller: Caller): Promise<number>;
  /** Aborts an upload in parts. Throws NOT_FOUND. */
  abort(upload: StartedUpload, caller: Caller): Promise<void>;
};

export type UploadsOptions = {
  /** Undefined when none is configured. */
  readonly bucket: Bucket | undefined;
  readonly maxBytes: number;
  readonly urlSeconds: number;
};

export function createUploads({ bucket: configured, maxBytes, urlSeconds }: UploadsOptions): Uploads {
  function bucketNow(): Bucket {
    if (configured !== undefined) return configured;
    const message = 'uploads need a bucket: set S3_BUCKET';
    throw new AppError('UNAVAILABLE', { part: 'storage' }, { message, recoverable: false });
  }

  return {
    async start({ filename, bytes, contentType }, { subject }) {
      const bucket = bucketNow();
      if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
      const key = `${ownPrefix(subject)}${uuid()}/${safeFilename(filename)}`;
      const upload = {
        sourceUrl: `s3://${bucket.name}/${key}`,
        expiresAt: new Date(Date.now() + urlSeconds * 1_000),
      };
      if (bytes <= PLAIN_UPLOAD_BYTES) {
        const url = await bucket.signPut({ key, bytes, contentType });
        return { kind: 'plain', ...upload, url, headers: { 'Content-Type': contentType } };
      }
      const { partBytes, parts: planned } = partsOf(bytes);
      const uploadId = await bucket.startMultipart({ key, contentType });
      const parts = await Promise.all(
        planned.map(async (part) => ({ ...part, url: await bucket.signPart({ key, uploadId, ...part }) })),
      );
      return { kind: 'multipart', ...upload, uploadId, partBytes, parts };
    },
    async complete({ sourceUrl, uploadId, parts }, { subject }) {
      const bucket = bucketNow();
      const key = ownKey(sourceUrl, { bucket, subject });
      const inOrder = parts.toSorted((a, b) => a.partNumber - b.partNumber);
      await bucket.completeMultipart({ key, uploadId, parts: inOrder }).catch(async (error: unknown) => {
        // The first response may have been lost. The key is unique to this upload, so an existing object is complete.
        await bucket.sizeOf(key).catch(() => {
          throw error;
        });
      });
      return await bucket.sizeOf(key);
    },
    async abort({ sourceUrl, uploadId }, { subject }) {
      const bucket = bucketNow();
      await bucket.abortMultipart({ key: ownKey(sourceUrl, { bucket, subject }), uploadId });
    },
  };
}

/** Returns the key, if it is in the caller's own part of the bucket. Throws NOT_FOUND otherwise. */
function ownKey(sourceUrl: string, { bucket, subject }: { bucket: Bucket; subject: string }): string {
  const source = parseSourceUrl(sourceUrl);
  if (source.kind === 's3' && source.bucket === bucket.name && isOwn(source.key, subject)) return source.key;
  throw new AppError('NOT_FOUND', {}, { message: 'no such upload exists' });
}

const LONGEST_FILENAME = 100;

/** Returns a recognisable name without characters that have a meaning for a server or a shell. */
function safeFilename(filename = ''): string {
  const safe = filename
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._-]+/, '')
    .slice(-LONGEST_FILENAME)
    .replace(/^[._-]+/, '');
  return safe === '' ? 'file' : safe;
}

function tooLarge(bytes: number, limit: number): AppError {
  const message = `the upload has ${bytes} bytes; the limit is ${limit} bytes`;
  return new AppError('PAYLOAD_TOO_LARGE', { limit_bytes: limit, size_bytes: bytes }, { message });
}
