import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type EmbeddedCredentials, embeddedCredentials } from '../../local/s3/credentials.ts';
import { endlessWav } from '../../test/support/endless-wav.ts';
import { type Host, startHost } from '../../test/support/host.ts';
import { type HttpSource, serve, startHttpSource } from '../../test/support/http-source.ts';
import { JWT_SECRET } from '../../test/support/jwt.ts';
import { keysOf } from '../../test/support/keys.ts';
import { storeOf } from '../../test/support/store.ts';
import { startDatabase } from '../support/database.ts';
import { startPart } from '../support/part.ts';
import type { FuzzCase } from './fuzz-case.ts';
import { behave } from './source-behaviour.ts';
import { BUCKET } from './source-urls.ts';

const UPLOADS = 'uploads';

/** Small limits, so that cases reach them soon; docs/reference/fuzz.md lists them. */
export const LIMITS = {
  FIRST_BYTE_TIMEOUT_SECONDS: 4,
  FFMPEG_STALL_SECONDS: 4,
  FFMPEG_STOP_GRACE_SECONDS: 1,
  SOURCE_CONNECT_TIMEOUT_SECONDS: 2,
  SOURCE_HEADERS_TIMEOUT_SECONDS: 2,
  SOURCE_STALL_SECONDS: 2,
  READER_TIMEOUT_SECONDS: 5,
  MAX_DURATION_SECONDS: 60,
  MAX_SOURCE_BYTES: 16 << 20,
  MAX_SPOOL_BYTES: 8 << 20,
  MAX_CONCURRENT_STREAMS: 24,
  CACHE_MAX_BYTES: 4 << 20,
} as const;

/** The whole service on this machine, and a source server. */
export type Environment = AsyncDisposable & {
  readonly host: Host;
  readonly sources: HttpSource;
  readonly databaseUrl: string;
  /** Serves the source of a case until it is disposed of. */
  serve(fuzzCase: FuzzCase): Disposable;
  /** Names of the parts, other than the host, that have died. */
  dead(): string[];
};

export type EnvironmentOptions = {
  /** A sound that always exists, as WAV. */
  readonly sound: Buffer;
  /** The ffmpeg to use; the host's choice by default. */
  readonly ffmpeg?: string | undefined;
};

export async function startEnvironment({ sound, ffmpeg }: EnvironmentOptions): Promise<Environment> {
  await using stack = new AsyncDisposableStack();
  const served = new Map<string, { readonly users: number; readonly listener: RequestListener }>();
  const sources = stack.use(
    await startHttpSource((request, response) => {
      const [path = ''] = (request.url ?? '').split(/[?#]/);
      if (path === '/live') return serveEndless(sound, response);
      const ofCase = served.get(/^\/c\/\d+/.exec(path)?.[0] ?? '')?.listener;
      (ofCase ?? serve(sound, { headers: { etag: '"sound"' } }))(request, response);
    }),
  );
  const database = stack.use(await startDatabase());
  const dataDir = stack.adopt(await mkdtemp(join(tmpdir(), 'fuzz-s3-')), (path) => rm(path, { recursive: true }));
  const s3 = stack.use(
    await startPart({
      file: new URL('../../local/s3/embedded-s3.ts', import.meta.url),
      environment: { DATA_DIR: dataDir, S3_PORT: '0', SOURCE_BUCKETS: BUCKET, S3_BUCKET: UPLOADS },
    }),
  );
  const credentials = embeddedCredentials(dataDir);
  await putSound(s3.url, sound, credentials);
  const host = stack.use(
    await startHost({
      ...LIMITS,
      ...credentials,
      ...(ffmpeg === undefined ? {} : { FFMPEG_PATH: ffmpeg }),
      AUTHENTICATION: 'required',
      JWT_SECRET,
      SECRETS_KEYS: `fuzz:${randomBytes(32).toString('base64url')}`,
      DATABASE_URL: database.url,
      DATABASE_MAX_CONNECTIONS: 2,
      S3_ENDPOINT: s3.url,
      S3_BUCKET: UPLOADS,
      SOURCE_BUCKETS: BUCKET,
      SOURCE_ALLOWED_NETWORKS: sources.network,
      RATE_LIMIT_PER_CALLER: 1_000_000,
      RATE_LIMIT_PER_ADDRESS: 1_000_000,
      RATE_LIMIT_BAD_CREDENTIALS: 500,
    }),
  );
  const owned = stack.move();
  return {
    host,
    sources,
    databaseUrl: database.url,
    serve: ({ seed, source }) => {
      const path = `/c/${seed}`;
      const before = served.get(path);
      const { users = 0, listener = source && behave(source.behaviour, source.bytes) } = before ?? {};
      if (listener !== undefined) served.set(path, { users: users + 1, listener });
      return {
        [Symbol.dispose]() {
          const { users: left = 1 } = served.get(path) ?? {};
          if (left === 1) served.delete(path);
          else if (listener !== undefined) served.set(path, { users: left - 1, listener });
        },
      };
    },
    dead: () => (s3.child.exitCode === null && s3.child.signalCode === null ? [] : ['the embedded S3 server']),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function putSound(endpoint: string, sound: Buffer, keys: EmbeddedCredentials): Promise<void> {
  const credentials = { accessKeyId: keys.S3_ACCESS_KEY_ID, secretAccessKey: keys.S3_SECRET_ACCESS_KEY };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'sound', Body: sound }));
  client.destroy();
}

function serveEndless(sound: Buffer, response: ServerResponse): void {
  const blocks = endlessWav(sound);
  const push = (): void => {
    while (!response.destroyed && response.write(blocks.next().value));
  };
  response.on('drain', push);
  push();
}

/** Creates a key with all scopes. */
export async function createKey({
  databaseUrl,
}: Pick<Environment, 'databaseUrl'>): Promise<{ id: string; key: string }> {
  await using cleanUp = new AsyncDisposableStack();
  const store = storeOf({ after: (close) => cleanUp.defer(close) }, databaseUrl);
  const { record, key } = await keysOf(store).create({
    name: 'fuzz',
    scopes: ['transcode', 'jobs', 'admin'],
    subject: 'fuzz',
  });
  return { id: record.id, key };
}
