import { loadConfig } from '#lib/config.ts';
import { holdDataDir } from '#lib/process/data-dir.ts';
import { embeddedCredentials } from './s3/credentials.ts';
import { type SupervisedProcess, supervise } from './supervision/supervised-process.ts';

export type BackingServicesOptions = {
  readonly environment: NodeJS.ProcessEnv;
  /** Receives messages for people. */
  readonly report: (line: string) => void;
};

/** The database and the object store. Each is embedded unless the environment names another. */
export type BackingServices = {
  readonly databaseUrl: string;
  readonly s3Endpoint: string;
  /** The environment variables with which a host uses them. */
  readonly settings: NodeJS.ProcessEnv;
  /** Stops the embedded ones. Resolves with their exit codes. */
  stop(): Promise<number[]>;
};

export type EmbeddedServer = SupervisedProcess & {
  /** The environment variables with which a host uses it. */
  readonly settings: NodeJS.ProcessEnv;
};

/** Files with the credentials of another server. */
const NO_FILES = { S3_ACCESS_KEY_ID_FILE: '', S3_SECRET_ACCESS_KEY_FILE: '' };

/** The bucket of the embedded S3 server when SOURCE_BUCKETS names none. */
export const DEFAULT_BUCKET = 'media';
/** The bucket of the embedded S3 server for uploads when S3_BUCKET names none: callers may read only their own objects in it. */
const UPLOADS_BUCKET = 'uploads';

/** Starts the servers that the environment does not name. Throws when DATA_DIR is in use or a server does not start. */
export async function startBackingServices(options: BackingServicesOptions): Promise<BackingServices> {
  const { DATABASE_URL, S3_ENDPOINT, DATA_DIR, SOURCE_BUCKETS, S3_BUCKET } = loadConfig(options.environment);
  const starts = [
    ...(DATABASE_URL === undefined ? [startEmbeddedPostgres] : []),
    ...(S3_ENDPOINT === undefined ? [startEmbeddedS3] : []),
  ];
  const release = starts.length > 0 ? await holdDataDir(DATA_DIR) : async () => undefined;
  const started = await Promise.allSettled(starts.map((start) => start(options)));
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = () => Promise.all(servers.map((server) => server.stop())).finally(release);
  const failure = started.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const settings: NodeJS.ProcessEnv = Object.assign({}, ...servers.map((server) => server.settings));
  const bucket = S3_BUCKET ?? settings['S3_BUCKET'] ?? SOURCE_BUCKETS[0];
  return {
    databaseUrl: DATABASE_URL ?? settings['DATABASE_URL'] ?? '',
    s3Endpoint: S3_ENDPOINT ?? settings['S3_ENDPOINT'] ?? '',
    settings: bucket === undefined ? settings : { ...settings, S3_BUCKET: bucket },
    stop,
  };
}

async function startEmbeddedPostgres({ environment, report }: BackingServicesOptions): Promise<EmbeddedServer> {
  const postgres = await supervise({
    name: 'PostgreSQL',
    file: new URL('postgres/embedded-postgres.ts', import.meta.url),
    environment,
    restartEnvironment: (url) => ({ PGPORT: new URL(url).port }),
    report,
  });
  return { ...postgres, settings: { DATABASE_URL: postgres.url } };
}

export async function startEmbeddedS3({ environment, report }: BackingServicesOptions): Promise<EmbeddedServer> {
  const buckets = {
    SOURCE_BUCKETS: environment['SOURCE_BUCKETS'] || DEFAULT_BUCKET,
    S3_BUCKET: environment['S3_BUCKET'] || UPLOADS_BUCKET,
  };
  const s3 = await supervise({
    name: 'the S3 server',
    file: new URL('s3/embedded-s3.ts', import.meta.url),
    environment: { ...environment, ...buckets },
    restartEnvironment: (url) => ({ S3_PORT: new URL(url).port }),
    report,
  });
  const credentials = embeddedCredentials(loadConfig(environment).DATA_DIR);
  return { ...s3, settings: { ...NO_FILES, ...credentials, ...buckets, S3_ENDPOINT: s3.url } };
}
