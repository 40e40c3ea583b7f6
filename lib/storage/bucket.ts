import type { S3, S3Sdk } from './s3-client.ts';
import { storageFailure } from './storage-failure.ts';

export type BucketOptions = {
  readonly bucket: string;
  readonly s3: S3;
  /** Lifetime of a signed URL. */
  readonly urlSeconds: number;
  /** Longest wait for one response of the S3 server, ms. */
  readonly timeoutMs: number;
};

/** A signed PUT accepts exactly `bytes` bytes. */
export type PutOptions = { readonly key: string; readonly bytes: number };
export type UploadedPart = { readonly partNumber: number; readonly etag: string };
type MultipartUpload = { readonly key: string; readonly uploadId: string };

/** The service's own bucket, for writing. All methods throw the errors of `storageFailure`. */
export type Bucket = {
  readonly name: string;
  /** Returns a URL to PUT an object. It is a secret. */
  signPut(put: PutOptions & { readonly contentType: string }): Promise<string>;
  /** Returns the upload's id. */
  startMultipart(object: { readonly key: string; readonly contentType: string }): Promise<string>;
  signPart(part: PutOptions & { readonly uploadId: string; readonly partNumber: number }): Promise<string>;
  completeMultipart(upload: MultipartUpload & { readonly parts: readonly UploadedPart[] }): Promise<void>;
  abortMultipart(upload: MultipartUpload): Promise<void>;
  /** Returns the size of an object in bytes. Throws NOT_FOUND. */
  sizeOf(key: string): Promise<number>;
  /** Yields the objects below a prefix. */
  list(prefix: string): AsyncGenerator<{ readonly key: string; readonly bytes: number }, void, undefined>;
};

export function openBucket({ bucket, s3, urlSeconds, timeoutMs }: BucketOptions): Bucket {
  const use = <Result>(run: (sdk: S3Sdk) => Promise<Result>): Promise<Result> =>
    s3.use(run).catch((error: unknown) => {
      throw storageFailure(error);
    });
  const object = (key: string) => ({ Bucket: bucket, Key: key });
  const options = () => ({ abortSignal: AbortSignal.timeout(timeoutMs) });
  return {
    name: bucket,
    signPut: ({ key, bytes, contentType }) =>
      use(({ client, commands: { PutObjectCommand }, getSignedUrl }) =>
        getSignedUrl(client, new PutObjectCommand({ ...object(key), ContentType: contentType, ContentLength: bytes }), {
          expiresIn: urlSeconds,
          signableHeaders: new Set(['host', 'content-type', 'content-length']),
        }),
      ),
    startMultipart: ({ key, contentType }) =>
      use(async ({ client, commands: { CreateMultipartUploadCommand } }) => {
        const command = new CreateMultipartUploadCommand({ ...object(key), ContentType: contentType });
        const { UploadId } = await client.send(command, options());
        if (UploadId === undefined) throw new Error('the S3 server returned no upload id');
        return UploadId;
      }),
    signPart: ({ key, bytes, uploadId, partNumber }) =>
      use(({ client, commands: { UploadPartCommand }, getSignedUrl }) =>
        getSignedUrl(
          client,
          new UploadPartCommand({ ...object(key), UploadId: uploadId, PartNumber: partNumber, ContentLength: bytes }),
          { expiresIn: urlSeconds, signableHeaders: new Set(['host', 'content-length']) },
        ),
      ),
    completeMultipart: ({ key, uploadId, parts }) =>
      use(async ({ client, commands: { CompleteMultipartUploadCommand } }) => {
        const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }));
        const upload = { ...object(key), UploadId: uploadId };
        await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }), options());
      }),
    abortMultipart: ({ key, uploadId }) =>
      use(async ({ client, commands: { AbortMultipartUploadCommand } }) => {
        await client.send(new AbortMultipartUploadCommand({ ...object(key), UploadId: uploadId }), options());
      }),
    sizeOf: (key) =>
      use(async ({ client, commands: { HeadObjectCommand } }) => {
        const { ContentLength } = await client.send(new HeadObjectCommand({ ...object(key) }), options());
        return ContentLength ?? 0;
      }),
    async *list(prefix) {
      let after: string | undefined;
      do {
        const page = await use(({ client, commands: { ListObjectsV2Command } }) =>
          client.send(
            new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: after }),
            options(),
          ),
        );
        for (const { Key: key = '', Size: bytes = 0 } of page.Contents ?? []) yield { key, bytes };
        after = page.NextContinuationToken;
      } while (after !== undefined);
    },
  };
}
