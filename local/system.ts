import { loadConfig } from '#lib/config.ts';
import { HOST_PROCESS } from './host-process.ts';
import { type SupervisedProcess, supervise } from './supervised-process.ts';

export type SystemOptions = {
  readonly environment: NodeJS.ProcessEnv;
  /** Told what people may want to know. */
  readonly report: (line: string) => void;
};

export type System = {
  readonly url: string;
  readonly s3Endpoint: string;
  /** Stops every process; resolves with true when each ended cleanly. */
  stop(): Promise<boolean>;
};

export type EmbeddedS3 = SupervisedProcess & {
  /** What a host needs in its environment to use it. */
  readonly settings: NodeJS.ProcessEnv;
};

/** The bucket of the embedded S3 server when SOURCE_BUCKETS names none. */
export const DEFAULT_BUCKET = 'media';

/** The embedded server listens on loopback only and takes just these. */
export const EMBEDDED_CREDENTIALS = { S3_ACCESS_KEY_ID: 'S3RVER', S3_SECRET_ACCESS_KEY: 'S3RVER' } as const;

/** The whole service on one machine: the embedded S3 server, unless S3_ENDPOINT names another, and the host. */
export async function startSystem({ environment, report }: SystemOptions): Promise<System> {
  const { S3_ENDPOINT: named } = loadConfig(environment);
  const s3 = named === undefined ? await startEmbeddedS3({ environment, report }) : undefined;
  const host = await supervise({
    name: 'the host',
    file: HOST_PROCESS.file,
    execArgv: HOST_PROCESS.execArgv,
    environment: { ...HOST_PROCESS.environment, ...environment, ...s3?.settings },
    restartEnvironment: (url) => ({ PORT: new URL(url).port }),
    report,
  }).catch(async (error: unknown) => {
    await s3?.stop();
    throw error;
  });
  return {
    url: host.url,
    s3Endpoint: named ?? s3?.url ?? '',
    async stop() {
      // The host still reads from S3 while its streams end.
      const codes = [await host.stop(), (await s3?.stop()) ?? 0];
      return codes.every((code) => code === 0);
    },
  };
}

export async function startEmbeddedS3({ environment, report }: SystemOptions): Promise<EmbeddedS3> {
  const buckets = environment['SOURCE_BUCKETS'] || DEFAULT_BUCKET;
  const s3 = await supervise({
    name: 'the S3 server',
    file: new URL('embedded-s3.ts', import.meta.url),
    environment: { ...environment, SOURCE_BUCKETS: buckets },
    restartEnvironment: (url) => ({ S3_PORT: new URL(url).port }),
    report,
  });
  return { ...s3, settings: { ...EMBEDDED_CREDENTIALS, SOURCE_BUCKETS: buckets, S3_ENDPOINT: s3.url } };
}
