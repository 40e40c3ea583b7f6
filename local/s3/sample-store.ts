import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DEFAULT_BUCKET } from '../backing-services.ts';
import { embeddedCredentials } from './credentials.ts';

export type EmbeddedStore = { readonly endpoint: string; readonly dataDir: string };

/** Stores a file in the embedded S3 server of a data folder. Returns its `s3://` URL. */
export async function storeFile(file: string | URL, { endpoint, dataDir }: EmbeddedStore): Promise<string> {
  const key = basename(file instanceof URL ? file.pathname : file);
  const { S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = embeddedCredentials(dataDir);
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY },
  });
  try {
    await client.send(new PutObjectCommand({ Bucket: DEFAULT_BUCKET, Key: key, Body: await readFile(file) }));
  } finally {
    client.destroy();
  }
  return `s3://${DEFAULT_BUCKET}/${key}`;
}
