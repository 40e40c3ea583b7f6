import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Options } from '#lib/storage/s3-client.ts';
import { createS3Server } from '../../../../local/s3/s3-server.ts';

export type S3Server = AsyncDisposable & {
  readonly port: number;
  readonly options: Required<S3Options>;
  /** The settings with which a host uses it. */
  readonly settings: Readonly<Record<'S3_ENDPOINT' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY', string>>;
  readonly server: Server;
  /** Where it keeps its files. */
  readonly directory: string;
  put(object: { bucket: string; key: string; body: Buffer }): Promise<void>;
  /** Returns the keys of a bucket, at most a thousand. */
  keys(bucket: string): Promise<string[]>;
};

/** What the server accepts. */
export const S3_CREDENTIALS = { accessKeyId: 'TESTS', secretAccessKey: 'secret-of-the-tests' } as const;

/** The embedded S3 server in a temporary folder. `await using` stops it and removes its data. */
export async function startS3Server(buckets: readonly string[]): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'sources-s3-'));
  const s3rver = createS3Server({
    directory,
    port: 0,
    buckets,
    credentials: S3_CREDENTIALS,
    isAllowedOrigin: () => true,
  });
  const { port } = await s3rver.run();
  const options = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    forcePathStyle: true,
    credentials: S3_CREDENTIALS,
  };
  const client = new S3Client(options);
  return {
    port,
    options,
    settings: {
      S3_ENDPOINT: options.endpoint,
      S3_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      S3_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    },
    server: s3rver.httpServer,
    directory,
    async put({ bucket, key, body }) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    },
    async keys(bucket) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      s3rver.httpServer.closeAllConnections();
      await s3rver.close();
      await rm(directory, { recursive: true });
    },
  };
}
