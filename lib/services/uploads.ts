import type { Config } from '#lib/config.ts';
import { openBucket } from '#lib/storage/bucket.ts';
import type { S3 } from '#lib/storage/s3-client.ts';
import { createUploads, type Uploads } from '#lib/storage/uploads.ts';
import { S3_TIMEOUT_MS } from './s3.ts';

/** Uploads into S3_BUCKET, where there is one. */
export function openUploads(config: Config, s3: S3): Uploads {
  const { S3_BUCKET: name, UPLOAD_URL_SECONDS: urlSeconds, MAX_SOURCE_BYTES: maxBytes } = config;
  const bucket =
    name === undefined ? undefined : openBucket({ bucket: name, s3, urlSeconds, timeoutMs: S3_TIMEOUT_MS });
  return createUploads({ bucket, maxBytes, urlSeconds });
}
