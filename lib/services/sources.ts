import type { Config } from '#lib/config.ts';
import type { SourceOpenerOptions } from '#lib/sources/open-source.ts';
import type { S3 } from '#lib/storage/s3-client.ts';
import { createSourceSigner } from '#lib/storage/source-signer.ts';
import { regionOf } from './s3.ts';

/** The S3 server that is to answer; undefined when no bucket may be read. */
export function storageEndpoint(config: Config): string | undefined {
  if (bucketsOf(config).length === 0) return undefined;
  return config.S3_ENDPOINT ?? `https://s3.${regionOf(config)}.amazonaws.com`;
}

/** What callers put into the service's own bucket is to be read from there. */
function bucketsOf({ SOURCE_BUCKETS, S3_BUCKET }: Config): string[] {
  return S3_BUCKET === undefined ? SOURCE_BUCKETS : [...SOURCE_BUCKETS, S3_BUCKET];
}

/** How sources are opened. */
export function sourceOptions(config: Config, s3: S3): SourceOpenerOptions {
  return {
    allowedNetworks: config.SOURCE_ALLOWED_NETWORKS,
    s3: createSourceSigner({ s3, buckets: bucketsOf(config), ownBucket: config.S3_BUCKET }),
    maxBytes: config.MAX_SOURCE_BYTES,
    connectTimeoutMs: config.SOURCE_CONNECT_TIMEOUT_SECONDS * 1_000,
    headersTimeoutMs: config.SOURCE_HEADERS_TIMEOUT_SECONDS * 1_000,
    stallTimeoutMs: config.SOURCE_STALL_SECONDS * 1_000,
    minBytesPerSecond: config.SOURCE_MIN_BYTES_PER_SECOND,
  };
}
