import type { Config } from '#lib/config.ts';
import { createS3, type S3 } from '#lib/storage/s3-client.ts';

/** Longest wait for one answer of the S3 server: within the timeout of the function. */
export const S3_TIMEOUT_MS = 25_000;

/** The client for sources and uploads. */
export function openS3(config: Config): S3 {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  const hasCredentials = accessKeyId !== undefined && secretAccessKey !== undefined;
  const credentials = hasCredentials ? { accessKeyId, secretAccessKey } : undefined;
  const options = { endpoint, region: regionOf(config), forcePathStyle: endpoint !== undefined, credentials };
  return createS3(options, S3_TIMEOUT_MS);
}

export function regionOf({ S3_REGION, AWS_REGION }: Config): string {
  return S3_REGION ?? AWS_REGION;
}
