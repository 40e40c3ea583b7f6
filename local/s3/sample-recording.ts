import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type S3rver from '@20minutes/s3rver';
import S3Object from '@20minutes/s3rver/lib/models/object.js';

/** The recording that the examples, the demonstration and the sample events use: test/media/README.md names its source. */
export const SAMPLE = new URL('../../test/media/sense-and-sensibility.flac', import.meta.url);

/** Puts the recording into a bucket of the server, unless an object of its name exists. */
export async function provideSample({ store }: S3rver, bucket: string): Promise<void> {
  const file = fileURLToPath(SAMPLE);
  const key = basename(file);
  if (await store.existsObject(bucket, key)) return;
  await store.putObject(new S3Object(bucket, key, createReadStream(file), { 'content-type': 'audio/flac' }));
}
