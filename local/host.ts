import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SPEC_LIMITS } from '#lib/jobs/spec/limits.ts';
import { explainListening, reportReady, runPart } from '#lib/process/part.ts';
import { readSettings } from '#lib/process/settings.ts';
import { refuseExposure } from '#lib/services/identity.ts';
import { readService } from './emulator/definition/service.ts';
import { createEmulator } from './emulator/emulator.ts';
import { startSchedules } from './emulator/schedules.ts';

/** The slim host: all functions of serverless.yml in this process, on one port. */
const config = readSettings();
const { HOST, PORT, SHUTDOWN_GRACE_SECONDS, MAX_BODY_BYTES } = config;
/** Time that functions get after their grace period to release their resources. */
const SETTLE_MS = 5_000;
/** Time for the last bytes of a response to reach the client. */
const CLOSE_GRACE_MS = 2_000;

explainListening('PORT');
await refuseExposure(config).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
const service = await readService(fileURLToPath(new URL('../serverless.yml', import.meta.url)));
// Functions get the address of the connection: they decide which proxies to trust (TRUSTED_PROXIES).
/** The functions that take the request of a job. */
const TAKE_JOBS: ReadonlySet<string> = new Set(['jobs', 'job-preview']);
const cutBodyBytes = (name: string) =>
  TAKE_JOBS.has(name) ? Math.max(MAX_BODY_BYTES, SPEC_LIMITS.bodyBytes) : MAX_BODY_BYTES;
const emulator = createEmulator({ service, limits: 'host', cutBodyBytes });
let stopSchedules = (): void => undefined;
runPart(async () => {
  stopSchedules();
  // From now on the functions respond with 503, and end running work within their grace period.
  const settled = delay(SHUTDOWN_GRACE_SECONDS * 1_000 + SETTLE_MS, undefined, { ref: false });
  await Promise.race([emulator.idle(), settled]);
  await emulator.close({ graceMs: CLOSE_GRACE_MS });
  // The functions handle SIGTERM too. They are done when nothing keeps this process alive any more.
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
