import { v7 as uuid } from 'uuid';
import { AppError, notConfigured } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { parseSourceUrl } from '#lib/source-url.ts';
import type { Bucket, UploadedPart } from './bucket.ts';
import { isOwn, ownPrefix } from './ownership.ts';
import { createStoredUploads } from './stored-uploads.ts';
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
  /** Throws PAYLOAD_TOO_LARGE, and RATE_LIMITED when the caller stores too much or has started too many. */
  start(request: UploadRequest, caller: Caller): Promise<Upload>;
  /** Joins the parts of an upload and returns its size. May be repeated. Throws NOT_FOUND and VALIDATION_ERROR. */
  complete(upload: StartedUpload & { readonly parts: readonly UploadedPart[] }, caller: Caller): Promise<number>;
  /** Aborts an upload in parts. Throws NOT_FOUND. */
  abort(upload: StartedUpload, caller: Caller): Promise<void>;
  /** Returns the size of a caller's uploads alone; 0 without a bucket. */
  bytesOf(caller: Caller): Promise<number>;
  /** Returns what a caller stores, and the uploads that it has started; undefined without a bucket. */
  usage(caller: Caller): Promise<UploadUsage | undefined>;
};

type Used = { readonly used: number; readonly limit: number };
export type UploadUsage = { readonly bytes: Used; readonly open: Used };

export type UploadsOptions = {
  /** Most bytes that a caller may store, unless its key has another limit. */
  readonly maxStoredBytes: number;
  /** Returns what else a caller stores, which counts as well; nothing when absent. */
  readonly otherBytes?: (caller: Caller) => Promise<number>;
  /** Most uploads of a caller that were started and may still arrive. */
  readonly maxOpenUploads: number;
  /** Undefined when none is configured. */
  readonly bucket: Bucket | undefined;
  readonly maxBytes: number;
  readonly urlSeconds: number;
};

export function createUploads(options: UploadsOptions): Uploads {
  const { bucket: configured, maxBytes, maxStoredBytes, maxOpenUploads, urlSeconds, otherBytes = nothing } = options;
  const stored = createStoredUploads();

  function bucketNow(): Bucket {
    if (configured !== undefined) return configured;
    throw notConfigured('storage', 'uploads need a bucket: set S3_BUCKET');
  }

  async function usageIn(bucket: Bucket, caller: Caller): Promise<UploadUsage> {
    const { subject, limits } = caller;
    const [{ bytes, open }, others] = await Promise.all([stored.usage(bucket, ownPrefix(subject)), otherBytes(caller)]);
    return {
      bytes: { used: bytes + others, limit: limits?.stored_bytes ?? maxStoredBytes },
      open: { used: open, limit: maxOpenUploads },
    };
  }

  /** Counts an upload before it can arrive. Throws RATE_LIMITED. */
  async function reserve(bucket: Bucket, caller: Caller, key: string, bytes: number): Promise<void> {
    const usage = await usageIn(bucket, caller);
    if (usage.open.used >= usage.open.limit) throw overBudget('open_uploads', usage.open);
    if (usage.bytes.used + bytes > usage.bytes.limit) throw overBudget('stored_bytes', usage.bytes);
    // The parts of an upload that is given up stay for a day.
    const until = Date.now() + Math.max(urlSeconds * 1_000, bytes > PLAIN_UPLOAD_BYTES ? DAY_MS : 0);
    stored.started(ownPrefix(caller.subject), key, { bytes, until });
  }

  return {
    async bytesOf({ subject }) {
      if (configured === undefined) return 0;
      return (await stored.usage(configured, ownPrefix(subject))).bytes;
    },
    usage: async (caller) => (configured === undefined ? undefined : await usageIn(configured, caller)),
    async start({ filename, bytes, contentType }, caller) {
      const bucket = bucketNow();
      if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
      const key = `${ownPrefix(caller.subject)}${uuid()}/${safeFilename(filename)}`;
      await reserve(bucket, caller, key, bytes);
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
      stored.ended(ownPrefix(subject), key);
      return await bucket.sizeOf(key);
    },
    async abort({ sourceUrl, uploadId }, { subject }) {
      const bucket = bucketNow();
      const key = ownKey(sourceUrl, { bucket, subject });
      await bucket.abortMultipart({ key, uploadId });
      stored.ended(ownPrefix(subject), key);
    },
  };
}

async function nothing(): Promise<number> {
  return 0;
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

const DAY_MS = 86_400_000;
/** Time after which uploads that arrive, or are deleted, have changed what is left, seconds. */
const RETRY_SECONDS = 60;

function overBudget(budget: string, usage: Used): AppError {
  const message = `this caller uses ${usage.used} of its ${usage.limit} ${budget.replace('_', ' ')}`;
  return new AppError('RATE_LIMITED', { budget, ...usage, retry_after_seconds: RETRY_SECONDS }, { message });
}
