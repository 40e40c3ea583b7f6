import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { openBucket } from '#lib/storage/bucket.ts';
import { createS3 } from '#lib/storage/s3-client.ts';
import { deleteIn } from '../../../local/s3/given-up-uploads.ts';
import { createS3Server } from '../../../local/s3/s3-server.ts';
import { S3_CREDENTIALS } from '../../lib/sources/support/s3-server.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('uploads in parts that got none for a day are deleted, others stay', async () => {
  using folder = scratchFolder();
  const gate = { credentials: S3_CREDENTIALS, isAllowedOrigin: () => true };
  const server = createS3Server({ directory: folder.file('s3'), port: 0, buckets: ['own'], ...gate });
  const { port } = await server.run();
  const endpoint = `http://127.0.0.1:${port}`;
  const s3 = createS3({ endpoint, region: 'eu-central-1', forcePathStyle: true, credentials: S3_CREDENTIALS }, 5_000);
  const bucket = openBucket({ bucket: 'own', s3, urlSeconds: 60, timeoutMs: 5_000 });
  try {
    await bucket.startMultipart({ key: 'uploads/a/x', contentType: 'audio/mpeg' });
    const uploads = server.store.getResourcePath('own', '', 'uploads');
    assert.equal(readdirSync(uploads).length, 1);
    assert.equal(await deleteIn(server, 'own'), 0);
    assert.equal(await deleteIn(server, 'own', Date.now() + 86_400_000), 1);
    assert.deepEqual(readdirSync(uploads), []);
    assert.equal(await deleteIn(server, 'own'), 0);
  } finally {
    s3.close();
    await server.close();
  }
});
