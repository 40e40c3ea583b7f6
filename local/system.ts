import { loadConfig } from '#lib/config.ts';
import { type SupervisedProcess, supervise } from './supervised-process.ts';

export type System = {
  readonly url: string;
  readonly s3Endpoint: string;
  /** Stops every process; resolves with true when each ended cleanly. */
  stop(): Promise<boolean>;
};

export type SystemOptions = {
  readonly environment: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
};

/** The whole service on one machine: the embedded S3 server, unless S3_ENDPOINT names another, and the host. */
export async function startSystem({ environment, report }: SystemOptions): Promise<System> {
  const { S3_ENDPOINT } = loadConfig(environment);
  const started: SupervisedProcess[] = [];
  try {
    const s3Settings = S3_ENDPOINT === undefined ? await startS3() : {};
    const host = await supervise({
      name: 'the host',
      file: new URL('host.ts', import.meta.url),
      environment: { ...environment, ...s3Settings },
      restartEnvironment: (url) => ({ PORT: new URL(url).port }),
      report,
    });
    started.push(host);
    return { url: host.url, s3Endpoint: S3_ENDPOINT ?? s3Settings['S3_ENDPOINT'] ?? '', stop };
  } catch (error) {
    await stop();
    throw error;
  }

  async function startS3(): Promise<NodeJS.ProcessEnv> {
    const settings = { SOURCE_BUCKETS: DEFAULT_BUCKET, ...environment };
    const s3 = await supervise({
      name: 'the S3 server',
      file: new URL('embedded-s3.ts', import.meta.url),
      environment: settings,
      restartEnvironment: (url) => ({ S3_PORT: new URL(url).port }),
      report,
    });
    started.push(s3);
    return { ...EMBEDDED_CREDENTIALS, SOURCE_BUCKETS: settings.SOURCE_BUCKETS, S3_ENDPOINT: s3.url };
  }

  /** In the reverse order: the host still reads from S3 while its streams end. */
  async function stop(): Promise<boolean> {
    let clean = true;
    for (const part of started.toReversed()) clean = (await part.stop()) === 0 && clean;
    return clean;
  }
}

/** The bucket of the embedded S3 server when SOURCE_BUCKETS names none. */
export const DEFAULT_BUCKET = 'media';

/** The embedded server listens on loopback only and takes just these. */
export const EMBEDDED_CREDENTIALS = { S3_ACCESS_KEY_ID: 'S3RVER', S3_SECRET_ACCESS_KEY: 'S3RVER' } as const;
