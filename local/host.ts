import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '#lib/config.ts';
import { refuseExposure } from '#lib/services/identity.ts';
import { readService } from './emulator/definition/service.ts';
import { createEmulator } from './emulator/emulator.ts';
import { startSchedules } from './emulator/schedules.ts';
import { explainTakenPort, reportReady, runPart } from './supervision/part.ts';

/** The slim host: all functions of serverless.yml in this process, on one port. */
const config = loadConfig();
const { HOST, PORT, SHUTDOWN_GRACE_SECONDS, MAX_BODY_BYTES } = config;
/** What the functions may take beyond their own grace to free what they have. */
const SETTLE_MS = 5_000;
/** Time the last bytes of an answer have to reach their client. */
const CLOSE_GRACE_MS = 2_000;

explainTakenPort('PORT');
await refuseExposure(config).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
const service = await readService(fileURLToPath(new URL('../serverless.yml', import.meta.url)));
// Which proxies are believed is the functions' affair (TRUSTED_PROXIES): they get the connection as it is.
const emulator = createEmulator({ service, limits: 'host', cutBodyBytes: MAX_BODY_BYTES });
let stopSchedules = (): void => undefined;
runPart(async () => {
  stopSchedules();
  // The functions answer 503 from now on, and end what runs within their grace.
  const settled = delay(SHUTDOWN_GRACE_SECONDS * 1_000 + SETTLE_MS, undefined, { ref: false });
  await Promise.race([emulator.idle(), settled]);
  await emulator.close({ graceMs: CLOSE_GRACE_MS });
  // Functions hear of SIGTERM themselves: they are done when there is nothing left that this process waits for.
  process.channel?.unref();
  await Promise.race([once(process, 'beforeExit'), delay(SETTLE_MS, undefined, { ref: false })]);
});
const { url } = await emulator.listen({ host: HOST, port: PORT });
stopSchedules = startSchedules({
  service,
  emulator,
  onFailure(name, outcome) {
    const reason = outcome.kind === 'failed' && outcome.error instanceof Error ? `: ${outcome.error.message}` : '';
    process.stderr.write(`the scheduled function ${name} ${outcome.kind}${reason}\n`);
  },
});
reportReady(url);
if (process.send === undefined) process.stderr.write(`listening on ${url}\n`);
