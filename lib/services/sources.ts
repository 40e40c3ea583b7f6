import type { Config } from '#lib/config.ts';
import type { createSourceOpener } from '#lib/sources/open-source.ts';

/** The S3 server that is to answer; undefined when no bucket may be read. */
export function storageEndpoint(config: Config): string | undefined {
  if (bucketsOf(config).length === 0) return undefined;
  return config.S3_ENDPOINT ?? `https://s3.${regionOf(config)}.amazonaws.com`;
}

/** What callers put into the service's own bucket is to be read from there. */
function bucketsOf({ SOURCE_BUCKETS, S3_BUCKET }: Config): string[] {
  return S3_BUCKET === undefined ? SOURCE_BUCKETS : [...SOURCE_BUCKETS, S3_BUCKET];
}

function regionOf({ S3_REGION, AWS_REGION }: Config): string {
  return S3_REGION ?? AWS_REGION;
}

/** How sources are opened. */
export function sourceOptions(config: Config): Parameters<typeof createSourceOpener>[0] {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  const hasCredentials = accessKeyId !== undefined && secretAccessKey !== undefined;
  return {
    allowedNetworks: config.SOURCE_ALLOWED_NETWORKS,
    buckets: bucketsOf(config),
    ownBucket: config.S3_BUCKET,
    s3: {
      endpoint: config.S3_ENDPOINT,
      region: regionOf(config),
      forcePathStyle: config.S3_ENDPOINT !== undefined,
      credentials: hasCredentials ? { accessKeyId, secretAccessKey } : undefined,
    },
    maxBytes: config.MAX_SOURCE_BYTES,
    connectTimeoutMs: config.SOURCE_CONNECT_TIMEOUT_SECONDS * 1_000,
    headersTimeoutMs: config.SOURCE_HEADERS_TIMEOUT_SECONDS * 1_000,
    stallTimeoutMs: config.SOURCE_STALL_SECONDS * 1_000,
    minBytesPerSecond: config.SOURCE_MIN_BYTES_PER_SECOND,
  };
}
