import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { createS3 } from '#lib/storage/s3-client.ts';
import { startS3Server } from '../../lib/sources/support/s3-server.ts';

test('an upload in parts is aborted with its parts, and takes no more of them', async () => {
  await using server = await startS3Server(['media']);
  const s3 = createS3(server.options, 5_000);
  const client = await s3.use(async (sdk) => sdk.client);
  const object = { Bucket: 'media', Key: 'folder/a b' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
  const part = () => client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'a part' }));
  const abort = (target: typeof object) => client.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
  await part();
  await assert.rejects(abort({ ...object, Key: 'folder/other' }), { name: 'NoSuchUpload' });
  await abort(object);
  await assert.rejects(part(), { name: 'NoSuchUpload' });
  await assert.rejects(abort(object), { name: 'NoSuchUpload' });
  const uploads = join(server.directory, 'media', '._S3rver_uploads');
  assert.deepEqual(existsSync(uploads) ? readdirSync(uploads) : [], []);
  s3.close();
});
