import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DEFAULT_BUCKET, EMBEDDED_CREDENTIALS } from '../backing-services.ts';

/** Stores a file in the embedded S3 server. Returns its `s3://` URL. */
export async function storeFile(endpoint: string, file: string | URL): Promise<string> {
  const key = basename(file instanceof URL ? file.pathname : file);
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: {
      accessKeyId: EMBEDDED_CREDENTIALS.S3_ACCESS_KEY_ID,
      secretAccessKey: EMBEDDED_CREDENTIALS.S3_SECRET_ACCESS_KEY,
    },
  });
  try {
    await client.send(new PutObjectCommand({ Bucket: DEFAULT_BUCKET, Key: key, Body: await readFile(file) }));
  } finally {
    client.destroy();
  }
  return `s3://${DEFAULT_BUCKET}/${key}`;
}
