import type { Config } from '#lib/config.ts';
import type { S3SourceOptions } from '#lib/sources/s3.ts';
import { openBucket } from '#lib/storage/bucket.ts';
import { createUploads, type Uploads } from '#lib/storage/uploads.ts';

/** Within the timeout of the function. */
const S3_TIMEOUT_MS = 25_000;

/** Uploads into S3_BUCKET, where there is one. */
export function openUploads(config: Config, s3: S3SourceOptions): Uploads & { close(): void } {
  const { S3_BUCKET: name, UPLOAD_URL_SECONDS: urlSeconds, MAX_SOURCE_BYTES: maxBytes } = config;
  const bucket =
    name === undefined ? undefined : openBucket({ bucket: name, s3, urlSeconds, timeoutMs: S3_TIMEOUT_MS });
  return { ...createUploads({ bucket, maxBytes, urlSeconds }), close: () => bucket?.close() };
}
