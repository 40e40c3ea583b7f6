import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { providePrivateFolder, textKeptIn } from '#lib/process/private-files.ts';

export type EmbeddedCredentials = { readonly S3_ACCESS_KEY_ID: string; readonly S3_SECRET_ACCESS_KEY: string };

/** Returns the only credentials that the embedded server of a data folder accepts. The first call makes them. */
export function embeddedCredentials(dataDir: string): EmbeddedCredentials {
  providePrivateFolder(dataDir);
  return JSON.parse(textKeptIn(join(dataDir, 's3-credentials.json'), make));
}

function make(): string {
  const S3_ACCESS_KEY_ID = `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`;
  return `${JSON.stringify({ S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: randomBytes(30).toString('base64url') })}\n`;
}
