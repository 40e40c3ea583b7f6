import S3rver from '@20minutes/s3rver';
import { DUMMY_ACCOUNT } from '@20minutes/s3rver/lib/models/account.js';
import { providePrivateFolder } from '#lib/process/private-files.ts';
import { abortUploads } from './abort-uploads.ts';
import { confineStore } from './confined-store.ts';
import { createGate, type GateOptions } from './gate.ts';
import { refuseMissingParts } from './missing-parts.ts';

export type S3ServerOptions = GateOptions & {
  readonly directory: string;
  readonly port: number;
  readonly buckets: readonly string[];
};

/** Creates the S3 server on loopback. It answers only requests that its gate lets pass. */
export function createS3Server({ directory, port, buckets, ...gate }: S3ServerOptions): S3rver {
  providePrivateFolder(directory);
  const server = new S3rver({
    address: '127.0.0.1',
    port,
    directory,
    silent: true,
    vhostBuckets: false,
    configureBuckets: buckets.map((name) => ({ name })),
  });
  DUMMY_ACCOUNT.revokeAccessKey('S3RVER');
  refuseMissingParts(server);
  const abort = abortUploads(server);
  confineStore(server);
  server.middleware.unshift(createGate(gate), abort);
  return server;
}
