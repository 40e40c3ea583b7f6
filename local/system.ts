import { type BackingServicesOptions, startBackingServices } from './backing-services.ts';
import { HOST_PROCESS } from './host-process.ts';
import { secretsKeysOf } from './secrets-keys.ts';
import { type SupervisedProcess, supervise } from './supervision/supervised-process.ts';

export type System = {
  readonly url: string;
  readonly databaseUrl: string;
  readonly s3Endpoint: string;
  /** Stops every process. Resolves with true when each exited cleanly. */
  stop(): Promise<boolean>;
  /** Kills the host without waiting for its streams, so that a pending `stop` resolves soon. */
  hurry(): void;
};

/** Starts the whole service on one machine. PostgreSQL, S3 and the host each run in their own process. */
export async function startSystem({ environment, report }: BackingServicesOptions): Promise<System> {
  const services = await startBackingServices({ environment, report });
  const host = await startHost().catch(async (error: unknown) => {
    await services.stop();
    throw error;
  });

  async function startHost(): Promise<SupervisedProcess> {
    const secrets = secretsKeysOf(environment);
    return await supervise({
      name: 'the host',
      file: HOST_PROCESS.file,
      execArgv: HOST_PROCESS.execArgv,
      environment: { ...HOST_PROCESS.environment, ...environment, ...services.settings, ...secrets },
      restartEnvironment: (url) => ({ PORT: new URL(url).port }),
      report,
    });
  }

  return {
    url: host.url,
    databaseUrl: services.databaseUrl,
    s3Endpoint: services.s3Endpoint,
    async stop() {
      // Until its streams have ended, the host reads from S3 and writes their records.
      const codes = [await host.stop(), ...(await services.stop())];
      return codes.every((code) => code === 0);
    },
    hurry: host.hurry,
  };
}
