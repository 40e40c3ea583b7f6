import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { MEBIBYTE } from '#lib/bytes.ts';
import type { S3, S3Sdk } from '#lib/storage/s3-client.ts';
import { storageFailure } from '#lib/storage/storage-failure.ts';
import { PART_BYTES, sendParts } from './file-parts.ts';
import { type ResultFile, resultKey } from './result-key.ts';
import { reuseUrls } from './reused-urls.ts';

export type ResultsOptions = {
  readonly s3: S3;
  /** The service's own bucket. */
  readonly bucket: string;
  /** Lifetime of a signed URL. */
  readonly urlSeconds: number;
  /** Longest wait for one response of the S3 server, ms. */
  readonly timeoutMs: number;
};

/** An object that is about to exist. `uploadId` names the multipart upload that makes it. */
export type ResultObject = {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId?: string | undefined;
};

export type ResultUpload = {
  /** The service's own bucket when absent. */
  readonly bucket?: string | undefined;
  readonly key: string;
  /** The path of the file. */
  readonly path: string;
  readonly bytes: number;
  readonly contentType: string;
  /** The name under which a browser saves it. */
  readonly filename: string;
  /** Awaited before the object, and before its multipart upload, is begun. */
  readonly begin: (object: ResultObject) => Promise<void>;
  /** Called with the number of bytes of each part that has arrived. */
  readonly sent: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/** The files that jobs make, in a bucket. All methods throw the errors of `storageFailure`. */
export type Results = {
  readonly bucket: string;
  keyOf(file: ResultFile): string;
  /** Uploads a file, in parallel parts when it is large. Leaves no multipart upload behind when it fails or is aborted. */
  upload(upload: ResultUpload): Promise<void>;
  /** Deletes an object, or aborts the multipart upload with this id. What does not exist is no error. */
  remove(object: Pick<ResultObject, 'key' | 'uploadId'> & { readonly bucket?: string | undefined }): Promise<void>;
  /** Returns a URL to GET an object, which is valid for at least nine tenths of its lifetime. It is a secret. */
  sign(key: string): Promise<string>;
  /** Returns such a URL that is valid for at least these seconds, or for the seven days that S3 allows. */
  signFor(key: string, seconds: number): Promise<string>;
  /** Returns the text of an object. Throws NOT_FOUND, and an Error for one above 8 MiB. */
  read(key: string): Promise<string>;
};

/** Share of its lifetime for which a signed URL is returned again. */
const REUSED_SHARE = 0.1;
/** Longest wait for what must be done after an abort, ms. */
const CLEAN_UP_MS = 700;
/** Longest lifetime of a signed URL. */
const LONGEST_SECONDS = 604_800;
/** A playlist of four hours has less than 1 MiB. */
const MOST_TEXT_BYTES = 8 * MEBIBYTE;

export function openResults({ s3, bucket: own, urlSeconds, timeoutMs }: ResultsOptions): Results {
  const use = <Result>(run: (sdk: S3Sdk) => Promise<Result>): Promise<Result> =>
    s3.use(run).catch((error: unknown) => {
      throw storageFailure(error);
    });
  const within = (...signals: AbortSignal[]) => ({
    abortSignal: AbortSignal.any([...signals, AbortSignal.timeout(timeoutMs)]),
  });

  async function uploadWhole(upload: ResultUpload, target: ReturnType<typeof targetOf>): Promise<void> {
    await using file = await open(upload.path);
    await sendParts({ file, bytes: upload.bytes }, ({ body }) =>
      use(async ({ client, commands: { PutObjectCommand } }) => {
        await client.send(new PutObjectCommand({ ...target, ...headersOf(upload), Body: body }), within(upload.signal));
        upload.sent(body.length);
      }),
    );
  }

  async function uploadParts(upload: ResultUpload, target: ReturnType<typeof targetOf>): Promise<void> {
    const { signal, begin, sent } = upload;
    const UploadId = await use(async ({ client, commands: { CreateMultipartUploadCommand } }) => {
      const command = new CreateMultipartUploadCommand({ ...target, ...headersOf(upload) });
      // The upload may exist although its id has not arrived.
      return (await client.send(command, within(laterThan(signal, CLEAN_UP_MS)))).UploadId ?? '';
    });
    try {
      await begin({ bucket: target.Bucket, key: upload.key, uploadId: UploadId });
      const etags: string[] = [];
      await using file = await open(upload.path);
      await sendParts({ file, bytes: upload.bytes }, ({ partNumber, body }) =>
        use(async ({ client, commands: { UploadPartCommand } }) => {
          const command = new UploadPartCommand({ ...target, UploadId, PartNumber: partNumber, Body: body });
          etags[partNumber - 1] = (await client.send(command, within(signal))).ETag ?? '';
          sent(body.length);
        }),
      );
      await use(async ({ client, commands: { CompleteMultipartUploadCommand } }) => {
        const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
        const command = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } });
        await client.send(command, within(signal));
      });
    } catch (error) {
      await abort({ ...target, UploadId }, AbortSignal.timeout(CLEAN_UP_MS)).catch(() => undefined);
      throw error;
    }
  }

  const abort = (upload: { Bucket: string; Key: string; UploadId: string }, ...signals: AbortSignal[]) =>
    use(async ({ client, commands: { AbortMultipartUploadCommand } }) => {
      await client.send(new AbortMultipartUploadCommand(upload), within(...signals));
    });

  const reusedSeconds = REUSED_SHARE * urlSeconds;
  const signedUrl = (key: string, expiresIn: number) =>
    use(({ client, commands: { GetObjectCommand }, getSignedUrl }) =>
      getSignedUrl(client, new GetObjectCommand(targetOf(undefined, key)), { expiresIn }),
    );
  const signLonger = reuseUrls((place) => {
    const space = place.indexOf(' ');
    return signedUrl(place.slice(space + 1), Number(place.slice(0, space)));
  }, reusedSeconds * 1_000);

  const targetOf = (bucket: string | undefined, key: string) => ({ Bucket: bucket ?? own, Key: key });

  return {
    bucket: own,
    keyOf: resultKey,
    async upload(upload) {
      const { signal, bucket, key, bytes, begin } = upload;
      signal.throwIfAborted();
      const target = targetOf(bucket, key);
      await begin({ bucket: target.Bucket, key });
      try {
        await (bytes > PART_BYTES ? uploadParts(upload, target) : uploadWhole(upload, target));
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
    async remove({ bucket, key, uploadId }) {
      const target = targetOf(bucket, key);
      // A completed upload is an object of its own.
      if (uploadId !== undefined) {
        await abort({ ...target, UploadId: uploadId }).catch(unlessAbsent);
        return;
      }
      await use(async ({ client, commands: { DeleteObjectCommand } }) => {
        await client.send(new DeleteObjectCommand(target), within());
      }).catch(unlessAbsent);
    },
    sign: reuseUrls((key) => signedUrl(key, urlSeconds), reusedSeconds * 1_000),
    signFor: (key, seconds) => signLonger(`${Math.min(LONGEST_SECONDS, Math.ceil(seconds + reusedSeconds))} ${key}`),
    async read(key) {
      const { Body, ContentLength = 0 } = await use(({ client, commands: { GetObjectCommand } }) =>
        client.send(new GetObjectCommand(targetOf(undefined, key)), within()),
      );
      if (ContentLength > MOST_TEXT_BYTES) {
        if (Body instanceof Readable) Body.destroy();
        throw new Error(`the text ${key} has ${ContentLength} bytes`);
      }
      return (await Body?.transformToString()) ?? '';
    },
  };
}

function headersOf({ contentType, filename }: ResultUpload) {
  // Names of outputs are letters, digits, `-` and `_`.
  return { ContentType: contentType, ContentDisposition: `inline; filename="${filename}"` };
}

/** Returns a signal that is aborted some time after another one. */
function laterThan(signal: AbortSignal, ms: number): AbortSignal {
  const later = new AbortController();
  signal.addEventListener('abort', () => setTimeout(() => later.abort(signal.reason), ms).unref(), { once: true });
  return later.signal;
}

function unlessAbsent(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'NOT_FOUND')) throw error;
}
