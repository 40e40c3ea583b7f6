import type { S3Client } from '@aws-sdk/client-s3';
import { AppError } from '#lib/errors.ts';

/** What is undefined is left to the AWS SDK: its environment variables, profiles and roles. */
export type S3SourceOptions = {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
};

type S3Object = { readonly bucket: string; readonly key: string };

export type S3Signer = {
  /**
   * A URL that GETs the object for a quarter of an hour, with any Range header; sign again for each request. It is a secret.
   * Throws SOURCE_FORBIDDEN for a bucket that is not listed, UNAVAILABLE `{part: 's3'}` without usable credentials.
   */
  sign(object: S3Object): Promise<URL>;
  close(): void;
};

const VALID_SECONDS = 900;

/** Signs requests for objects in `buckets`. The SDK is loaded on first use: it takes tens of megabytes of memory. */
export function createS3Signer(options: S3SourceOptions, buckets: readonly string[]): S3Signer {
  const allowed = new Set(buckets);
  let loading: Promise<{ client: S3Client; presign: (object: S3Object) => Promise<string> }> | undefined;
  return {
    async sign(object) {
      if (!allowed.has(object.bucket)) {
        throw new AppError('SOURCE_FORBIDDEN', {}, { message: 'the bucket is not open for sources' });
      }
      try {
        loading ??= load(options);
        return new URL(await (await loading).presign(object));
      } catch (cause) {
        throw new AppError('UNAVAILABLE', { part: 's3' }, { message: 'the S3 request could not be signed', cause });
      }
    },
    close() {
      loading?.then(({ client }) => client.destroy()).catch(() => {});
    },
  };
}

async function load(options: S3SourceOptions) {
  const [{ GetObjectCommand, S3Client }, { getSignedUrl }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/s3-request-presigner'),
  ]);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const client = new S3Client({ ...given, responseChecksumValidation: 'WHEN_REQUIRED' });
  const presign = ({ bucket, key }: S3Object) =>
    getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: VALID_SECONDS });
  return { client, presign };
}
