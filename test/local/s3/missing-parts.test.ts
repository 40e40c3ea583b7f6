import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import S3rver from '@20minutes/s3rver';
import { AppError } from '#lib/errors.ts';
import { openBucket } from '#lib/storage/bucket.ts';
import { createS3 } from '#lib/storage/s3-client.ts';
import { refuseMissingParts } from '../../../local/s3/missing-parts.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('refuses to complete an upload with missing parts, and keeps running', async () => {
  using folder = scratchFolder();
  mkdirSync(folder.file('s3'));
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory: folder.file('s3'),
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: 'media' }],
  });
  refuseMissingParts(server);
  const { port } = await server.run();
  const options = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  };
  const s3 = createS3(options, 5_000);
  const bucket = openBucket({ bucket: 'media', s3, urlSeconds: 60, timeoutMs: 5_000 });
  const key = 'uploads/a/x';
  for (let time = 0; time < 2; time += 1) {
    const uploadId = await bucket.startMultipart({ key, contentType: 'audio/mpeg' });
    await assert.rejects(
      bucket.completeMultipart({ key, uploadId, parts: [{ partNumber: 1, etag: 'x' }] }),
      (error) => error instanceof AppError && error.code === 'VALIDATION_ERROR',
    );
  }
  s3.close();
  await server.close();
});
