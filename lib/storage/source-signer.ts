import { AppError } from '#lib/errors.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { S3Object } from '#lib/source-url.ts';
import { requireReadable } from './ownership.ts';
import type { S3, S3Sdk } from './s3-client.ts';

export type SourceSignerOptions = {
  readonly s3: S3;
  /** Buckets that `s3://` sources may name. */
  readonly buckets: readonly string[];
  /** The service's own bucket, one of `buckets`: callers may read their own uploads in it. */
  readonly ownBucket: string | undefined;
};

const VALID_SECONDS = 900;

/**
 * Signs requests for objects that callers name as sources. `sign` returns a URL to GET the object, valid for a quarter
 * of an hour and with any Range header. The URL is a secret. Throws SOURCE_FORBIDDEN for a bucket that is not listed
 * and for another caller's upload, and UNAVAILABLE `{part: 's3'}` without usable credentials.
 */
export function createSourceSigner({ s3, buckets, ownBucket }: SourceSignerOptions) {
  const allowed = new Set(buckets);
  return {
    async sign(object: S3Object, caller: Caller | undefined): Promise<URL> {
      requireReadable(object, { ownBucket, caller });
      if (!allowed.has(object.bucket)) {
        throw new AppError('SOURCE_FORBIDDEN', {}, { message: 'the bucket of the source is not in SOURCE_BUCKETS' });
      }
      try {
        return new URL(await s3.use((sdk) => presign(object, sdk)));
      } catch (cause) {
        throw unsigned(cause);
      }
    },
  };
}

function unsigned(cause: unknown): AppError {
  const isMissing = cause instanceof Error && cause.name === 'CredentialsProviderError';
  const message = isMissing ? 'the service has no credentials for the S3 server' : 'the S3 request could not be signed';
  return new AppError('UNAVAILABLE', { part: 's3' }, { message, recoverable: !isMissing, cause });
}

function presign({ bucket, key }: S3Object, { client, commands, getSignedUrl }: S3Sdk): Promise<string> {
  const command = new commands.GetObjectCommand({ Bucket: bucket, Key: key });
  return getSignedUrl(client, command, { expiresIn: VALID_SECONDS });
}
