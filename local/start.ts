import { loadConfig } from '#lib/config.ts';
import { type System, startSystem } from './system.ts';

/** `npm start`: runs the whole service on this machine until Ctrl-C. */
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Removes passwords: one may be before the host or among the parameters. */
function withoutSecrets(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  url.search = '';
  return url.href;
}

const starting = startSystem({ environment: process.env, report: say });
/** Stops a system that has started; a failed start is reported below. */
async function stop({ stop }: System): Promise<void> {
  const { SHUTDOWN_GRACE_SECONDS } = loadConfig();
  say(`stopping; running streams have ${SHUTDOWN_GRACE_SECONDS} s to end; Ctrl-C again stops them at once`);
  process.exit((await stop()) ? 0 : 1);
}

let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    signals += 1;
    void starting.then((system) => (signals > 1 ? system.hurry() : stop(system)));
  });
}

const system = await starting.catch((error: Error) => {
  say(error.message);
  process.exit(1);
});
say(`
  transcode   ${system.url}/transcode?source_url=…&output_format=opus
  health      ${system.url}/health
  metrics     ${system.url}/metrics
  API         ${system.url}/docs
  S3          ${system.s3Endpoint}
  database    ${withoutSecrets(system.databaseUrl)}

Ctrl-C stops everything.`);
