import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { HOST_PROCESS } from '../../local/host-process.ts';
import { RUNNER_PROCESS } from '../../local/runner-process.ts';

/** A process of the bench that reports its URL. Disposing stops it. */
export type Part = AsyncDisposable & { readonly url: string; readonly child: ChildProcess; readonly pid: number };

/** A host as a process: the program and its Node options. */
export type HostProgram = {
  readonly file: URL;
  readonly execArgv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

type Program = {
  readonly file: URL;
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
};

/** Throws an Error when the process exits before it is ready. */
export async function startPart({ file, environment = {}, args = [], execArgv = [] }: Program): Promise<Part> {
  const child = fork(file, [...args], {
    execArgv: [...execArgv],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`${file.pathname} exited with ${code}`);
  });
  const [message] = (await Promise.race([once(child, 'message'), died])) as [{ ready: string }];
  died.catch(() => undefined);
  return {
    url: message.ready,
    child,
    pid: child.pid ?? Number.NaN,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** Starts the slim host of this checkout, or another one, with permission to read from one source server. */
export function startHost(
  sourceUrl: string,
  {
    environment = {},
    program = HOST_PROCESS,
  }: { environment?: NodeJS.ProcessEnv; program?: HostProgram | undefined } = {},
): Promise<Part> {
  const settings = {
    PORT: '0',
    LOG_LEVEL: 'silent',
    SHUTDOWN_GRACE_SECONDS: '0',
    SOURCE_ALLOWED_NETWORKS: `127.0.0.1/32:${new URL(sourceUrl).port}`,
  };
  return startPart({ ...program, environment: { ...program.environment, ...settings, ...environment } });
}

/** Starts a runner of jobs of this checkout. Its S3 server is not used before a job runs. */
export function startRunner(dataDir: string, settings: NodeJS.ProcessEnv): Promise<Part> {
  const environment = {
    ...RUNNER_PROCESS.environment,
    ...settings,
    ...{ RUNNER_KINDS: 'jobs', DATA_DIR: dataDir, LOG_LEVEL: 'silent', SHUTDOWN_GRACE_SECONDS: '0' },
    ...{ S3_BUCKET: 'bench', S3_ENDPOINT: 'http://127.0.0.1:9' },
  };
  return startPart({ ...RUNNER_PROCESS, environment });
}

/** Starts a server of files: `URL` + `N` is the Nth. */
export function startSource(...files: readonly string[]): Promise<Part> {
  return startPart({ file: new URL('source-server.ts', import.meta.url), args: files });
}
