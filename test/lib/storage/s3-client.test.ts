import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createS3 } from '#lib/storage/s3-client.ts';

const OPTIONS = { region: 'eu-west-1', credentials: { accessKeyId: 'id', secretAccessKey: 'secret' } };

describe('the client of the S3 server', () => {
  it('is created once and shared', async () => {
    const s3 = createS3(OPTIONS, 10_000);
    const clients = await Promise.all([1, 2, 3].map(() => s3.use(async ({ client }) => client)));
    s3.close();
    assert.equal(new Set(clients).size, 1);
  });

  it('requires no checksum, which clients of a signed URL cannot send', async () => {
    const s3 = createS3(OPTIONS, 10_000);
    const { requestChecksumCalculation, responseChecksumValidation } = await s3.use(
      async ({ client }) => client.config,
    );
    s3.close();
    assert.equal(await requestChecksumCalculation(), 'WHEN_REQUIRED');
    assert.equal(await responseChecksumValidation(), 'WHEN_REQUIRED');
  });

  it('can be closed before its first use', () => createS3(OPTIONS, 10_000).close());
});
