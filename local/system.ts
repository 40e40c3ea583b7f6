import { type BackingServicesOptions, startBackingServices } from './backing-services.ts';
import { HOST_PROCESS } from './host-process.ts';
import { supervise } from './supervision/supervised-process.ts';

export type System = {
  readonly url: string;
  readonly databaseUrl: string;
  readonly s3Endpoint: string;
  /** Stops every process; resolves with true when each ended cleanly. */
  stop(): Promise<boolean>;
  /** Lets no stream end in peace: what `stop` waits for is soon done. */
  hurry(): void;
};

/** The whole service on one machine, each part a process of its own: PostgreSQL, S3, and the host. */
export async function startSystem({ environment, report }: BackingServicesOptions): Promise<System> {
  const services = await startBackingServices({ environment, report });
  const host = await supervise({
    name: 'the host',
    file: HOST_PROCESS.file,
    execArgv: HOST_PROCESS.execArgv,
    environment: { ...HOST_PROCESS.environment, ...environment, ...services.settings },
    restartEnvironment: (url) => ({ PORT: new URL(url).port }),
    report,
  }).catch(async (error: unknown) => {
    await services.stop();
    throw error;
  });
  return {
    url: host.url,
    databaseUrl: services.databaseUrl,
    s3Endpoint: services.s3Endpoint,
    async stop() {
      // While its streams end, the host still reads from S3 and writes how they went.
      const codes = [await host.stop(), ...(await services.stop())];
      return codes.every((code) => code === 0);
    },
    hurry: host.hurry,
  };
}
