import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { openBucket } from '#lib/storage/bucket.ts';
import { createS3 } from '#lib/storage/s3-client.ts';
import { startS3Server } from '../../lib/sources/support/s3-server.ts';

test('refuses to complete an upload with missing parts, and keeps running', async () => {
  await using server = await startS3Server(['media']);
  const s3 = createS3(server.options, 5_000);
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
});
