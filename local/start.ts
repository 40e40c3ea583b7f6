import { startSystem } from './system.ts';

/** `npm start`: everything on this machine, until Ctrl-C. */
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A password may be before the host, or among the parameters. */
function withoutSecrets(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  url.search = '';
  return url.href;
}

const starting = startSystem({ environment: process.env, report: say });
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    // What has not started yet tells so below.
    void starting.then(({ stop }) => stop()).then((clean) => process.exit(clean ? 0 : 1));
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

Ctrl-C stops all of it.`);
