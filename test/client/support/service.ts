import { type Host, startHost } from '../../support/host.ts';

/** A service that can be killed and restarted at the same address; `await using` ends it. */
export type Service = AsyncDisposable & {
  readonly url: string;
  host(): Host;
  /** Sends SIGKILL; resolves when the process has exited. */
  kill(): Promise<void>;
  start(): Promise<void>;
};

export async function startService(
  settings: Readonly<Record<string, string | number>>,
  program?: URL,
): Promise<Service> {
  let host = await startHost(settings, program);
  const { url } = host;
  return {
    url,
    host: () => host,
    async kill() {
      host.kill();
      await host.exited;
    },
    async start() {
      await host[Symbol.asyncDispose]();
      host = await startHost({ ...settings, PORT: new URL(url).port }, program);
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}
