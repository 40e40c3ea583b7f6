import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Options } from '#lib/storage/s3-client.ts';

export type S3Server = AsyncDisposable & {
  readonly port: number;
  readonly options: Required<S3Options>;
  readonly server: Server;
  put(object: { bucket: string; key: string; body: Buffer }): Promise<void>;
};

/** An S3 server in a temporary folder. `await using` stops it and removes its data. */
export async function startS3Server(buckets: readonly string[]): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'sources-s3-'));
  const s3rver = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    vhostBuckets: false,
    directory,
    configureBuckets: buckets.map((name) => ({ name })),
  }) as S3rver & { readonly httpServer: Server };
  const { port } = (await s3rver.run()) as AddressInfo;
  const options = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  };
  const client = new S3Client(options);
  return {
    port,
    options,
    server: s3rver.httpServer,
    async put({ bucket, key, body }) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      s3rver.httpServer.closeAllConnections();
      await s3rver.close();
      await rm(directory, { recursive: true });
    },
  };
}
