import { loadConfig } from '#lib/config.ts';
import { type BackingServicesOptions, startBackingServices } from './backing-services.ts';
import { HOST_PROCESS } from './host-process.ts';
import { RUNNER_PROCESS } from './runner-process.ts';
import { secretsKeysOf } from './secrets-keys.ts';
import { type SupervisedProcess, supervise } from './supervision/supervised-process.ts';

export type System = {
  readonly url: string;
  readonly databaseUrl: string;
  readonly s3Endpoint: string;
  /** Stops every process. Resolves with true when each exited cleanly. */
  stop(): Promise<boolean>;
  /** Kills the host and the runners without waiting for their work, so that a pending `stop` resolves soon. */
  hurry(): void;
};

/** What runs beyond the host when RUNNER_KINDS does not say it. */
const DEFAULT_KINDS = 'jobs';

/** Starts the whole service on one machine. PostgreSQL, S3, the host and each kind of runner have their own process. */
export async function startSystem({ environment: given, report }: BackingServicesOptions): Promise<System> {
  const environment = { ...given, RUNNER_KINDS: given['RUNNER_KINDS'] ?? DEFAULT_KINDS };
  const services = await startBackingServices({ environment, report });
  const settings = { ...environment, ...services.settings, ...secretsKeysOf(environment) };
  const started: SupervisedProcess[] = [];
  const { host } = await startProcesses().catch(async (error: unknown) => {
    await Promise.all(started.map((process) => process.stop()));
    await services.stop();
    throw error;
  });

  async function startProcesses(): Promise<{ readonly host: SupervisedProcess }> {
    const host = await supervise({
      ...HOST_PROCESS,
      name: 'the host',
      environment: { ...HOST_PROCESS.environment, ...settings },
      restartEnvironment: (url) => ({ PORT: new URL(url).port }),
      report,
    });
    started.push(host);
    for (const kind of loadConfig(settings).RUNNER_KINDS) {
      const runner = await supervise({
        ...RUNNER_PROCESS,
        name: `the runner of ${kind}`,
        environment: { ...RUNNER_PROCESS.environment, ...settings, RUNNER_KINDS: kind },
        mayEnd: true,
        report,
      });
      started.push(runner);
    }
    return { host };
  }

  return {
    url: host.url,
    databaseUrl: services.databaseUrl,
    s3Endpoint: services.s3Endpoint,
    async stop() {
      // Until its work has ended, a process reads from S3 and writes records.
      const codes = await Promise.all(started.map((process) => process.stop()));
      codes.push(...(await services.stop()));
      return codes.every((code) => code === 0);
    },
    hurry() {
      for (const process of started) process.hurry();
    },
  };
}
