import { join } from 'node:path';
import { explainListening, reportReady, runPart } from '#lib/process/part.ts';
import { readSettings } from '#lib/process/settings.ts';
import { DEFAULT_BUCKET } from '../backing-services.ts';
import { ruleOfOrigins } from './browser-origins.ts';
import { embeddedCredentials } from './credentials.ts';
import { deleteGivenUpUploads } from './given-up-uploads.ts';
import { createS3Server } from './s3-server.ts';
import { provideSample } from './sample-recording.ts';

/** Runs the embedded S3 server: data in `DATA_DIR/s3`, loopback only, buckets from SOURCE_BUCKETS and S3_BUCKET. */
const config = readSettings();
const { DATA_DIR, S3_PORT, SOURCE_BUCKETS, S3_BUCKET = [] } = config;

explainListening('S3_PORT');
const buckets = new Set(SOURCE_BUCKETS.concat(S3_BUCKET));
const { S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = embeddedCredentials(DATA_DIR);
const server = createS3Server({
  directory: join(DATA_DIR, 's3'),
  port: S3_PORT,
  buckets: [...buckets],
  credentials: { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY },
  isAllowedOrigin: ruleOfOrigins(config),
});
const stopDeleting = deleteGivenUpUploads(server, [...buckets]);
runPart(async () => {
  stopDeleting();
  await Promise.race([server.close(), new Promise((resolve) => setTimeout(resolve, 500))]);
});
const { address, port } = await server.run();
// The examples of the API name it.
if (buckets.has(DEFAULT_BUCKET)) await provideSample(server, DEFAULT_BUCKET);
reportReady(`http://${address}:${port}`);
