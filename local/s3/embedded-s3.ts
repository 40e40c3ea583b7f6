import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { DEFAULT_BUCKET } from '../backing-services.ts';
import { readSettings } from '../settings.ts';
import { explainListening, reportReady, runPart } from '../supervision/part.ts';
import { refuseMissingParts } from './missing-parts.ts';
import { provideSample } from './sample-recording.ts';

/** Runs the embedded S3 server: data in `DATA_DIR/s3`, loopback only, buckets from SOURCE_BUCKETS and S3_BUCKET. */
const { DATA_DIR, S3_PORT, SOURCE_BUCKETS, S3_BUCKET = [] } = readSettings();

explainListening('S3_PORT');
const directory = join(DATA_DIR, 's3');
await mkdir(directory, { recursive: true });
const buckets = new Set(SOURCE_BUCKETS.concat(S3_BUCKET));
const server = new S3rver({
  address: '127.0.0.1',
  port: S3_PORT,
  directory,
  silent: true,
  vhostBuckets: false,
  configureBuckets: [...buckets].map((name) => ({ name })),
});
refuseMissingParts(server);
runPart(async () => {
  await Promise.race([server.close(), new Promise((resolve) => setTimeout(resolve, 500))]);
});
const { address, port } = await server.run();
// The examples of the API name it.
if (buckets.has(DEFAULT_BUCKET)) await provideSample(server, DEFAULT_BUCKET);
reportReady(`http://${address}:${port}`);
