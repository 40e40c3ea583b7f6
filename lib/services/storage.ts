import type { Config } from '#lib/config.ts';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';
import { createGuardedHttp } from '#lib/sources/connection/guarded-http.ts';
import { createResolver } from '#lib/sources/connection/resolver.ts';
import type { SourceOpenerOptions } from '#lib/sources/open-source.ts';
import { uploadFile } from '#lib/sources/upload-file.ts';
import { openBucket } from '#lib/storage/bucket.ts';
import { createDestinations } from '#lib/storage/results/destinations.ts';
import { openResults, type Results } from '#lib/storage/results/results.ts';
import { createS3, type S3 } from '#lib/storage/s3-client.ts';
import { createSourceSigner } from '#lib/storage/source-signer.ts';
import { createUploads, type Uploads, type UploadsOptions } from '#lib/storage/uploads.ts';

/** Longest wait for one response of the S3 server, within the timeout of the function. */
export const S3_TIMEOUT_MS = 25_000;
/** Lifetime of a signed URL of a result. */
export const RESULT_URL_SECONDS = 3_600;

/** Opens the S3 client for sources and uploads. */
export function openS3(config: Config): S3 {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  const hasCredentials = accessKeyId !== undefined && secretAccessKey !== undefined;
  const credentials = hasCredentials ? { accessKeyId, secretAccessKey } : undefined;
  const options = { endpoint, region: regionOf(config), forcePathStyle: endpoint !== undefined, credentials };
  return createS3(options, S3_TIMEOUT_MS);
}

/** Returns the URL of the S3 server for the health check; undefined when no bucket may be read. */
export function storageEndpoint(config: Config): string | undefined {
  if (bucketsOf(config).length === 0) return undefined;
  return config.S3_ENDPOINT ?? `https://s3.${regionOf(config)}.amazonaws.com`;
}

/** Returns the options for opening sources. */
export function sourceOptions(config: Config, s3: S3): SourceOpenerOptions {
  return {
    policy: createAddressPolicy({
      kind: 'SOURCE',
      allowedNetworks: config.SOURCE_ALLOWED_NETWORKS,
      deniedNetworks: config.SOURCE_DENIED_NETWORKS,
      allowedPorts: config.SOURCE_ALLOWED_PORTS,
    }),
    resolve: createResolver({ servers: config.SOURCE_DNS_SERVERS }),
    s3: createSourceSigner({ s3, buckets: bucketsOf(config), ownBucket: config.S3_BUCKET }),
    maxBytes: config.MAX_SOURCE_BYTES,
    connectTimeoutMs: config.SOURCE_CONNECT_TIMEOUT_SECONDS * 1_000,
    headersTimeoutMs: config.SOURCE_HEADERS_TIMEOUT_SECONDS * 1_000,
    stallTimeoutMs: config.SOURCE_STALL_SECONDS * 1_000,
    minBytesPerSecond: config.SOURCE_MIN_BYTES_PER_SECOND,
  };
}

/** Opens uploads into S3_BUCKET, if it is set. */
export function openUploads(config: Config, s3: S3, otherBytes: UploadsOptions['otherBytes']): Uploads {
  const { S3_BUCKET, UPLOAD_URL_SECONDS: urlSeconds } = config;
  const options = { s3, urlSeconds, timeoutMs: S3_TIMEOUT_MS };
  const bucket = S3_BUCKET === undefined ? undefined : openBucket({ bucket: S3_BUCKET, ...options });
  return createUploads({
    bucket,
    maxBytes: config.MAX_SOURCE_BYTES,
    maxStoredBytes: config.MAX_STORED_BYTES_PER_CALLER,
    maxOpenUploads: config.MAX_OPEN_UPLOADS_PER_CALLER,
    urlSeconds,
    ...(otherBytes && { otherBytes }),
  });
}

/** Opens the results of jobs in S3_BUCKET, if it is set. */
export function openJobResults({ S3_BUCKET: bucket }: Config, s3: S3): Results | undefined {
  if (bucket === undefined) return undefined;
  return openResults({ s3, bucket, urlSeconds: RESULT_URL_SECONDS, timeoutMs: S3_TIMEOUT_MS });
}

/** Opens the places for results that requests name. They pass the same policy as sources. */
export function openDestinations(config: Config, { s3, results }: { readonly s3: S3; readonly results: Results }) {
  const http = createGuardedHttp(sourceOptions(config, s3));
  const destinations = createDestinations({
    results,
    buckets: destinationBuckets(config),
    put: (file) => uploadFile(http, file),
  });
  return { ...destinations, close: http.close };
}

/** Returns the buckets that destinations may name: never the service's own, where others have files. */
export function destinationBuckets({ DESTINATION_BUCKETS, S3_BUCKET }: Config): string[] {
  return DESTINATION_BUCKETS.filter((bucket) => bucket !== S3_BUCKET);
}

/** Returns all readable buckets, including the service's own, from which uploads are read. */
function bucketsOf({ SOURCE_BUCKETS, S3_BUCKET }: Config): string[] {
  return S3_BUCKET === undefined ? SOURCE_BUCKETS : [...SOURCE_BUCKETS, S3_BUCKET];
}

function regionOf({ S3_REGION, AWS_REGION }: Config): string {
  return S3_REGION ?? AWS_REGION;
}
