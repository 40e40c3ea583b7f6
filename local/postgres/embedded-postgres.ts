import { reportReady, runPart } from '#lib/process/part.ts';
import { readSettings } from '#lib/process/settings.ts';
import { startServer } from './server.ts';

/** Runs the embedded PostgreSQL with its data in `DATA_DIR/postgres`, loopback only. Exits when the server does. */
const { DATA_DIR, PGPORT, PATH } = readSettings();

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const starting = startServer({ dataDir: DATA_DIR, port: PGPORT, path: PATH });
let stopping = false;
runPart(async () => {
  stopping = true;
  await starting.then((server) => server.stop()).catch(() => undefined);
});
const server = await starting.catch((error: Error) => fail(error.message));
reportReady(server.url);
const { status, lastWords } = await server.ended;
if (!stopping) fail(`PostgreSQL has exited (${status}): ${lastWords}`);
