import { fileURLToPath } from 'node:url';
import { loadConfig } from '#lib/config.ts';
import { createEmulator } from './emulator/emulator.ts';
import { readService } from './emulator/service.ts';
import { requireLoopback } from './loopback.ts';
import { reportReady, runPart } from './part.ts';

/** The slim host: all functions of serverless.yml in this process, on one port. */
const { HOST, PORT, SHUTDOWN_GRACE_SECONDS } = loadConfig();
/** What the functions may take beyond their own grace to free what they have. */
const SETTLE_MS = 5_000;
/** Time the last bytes of an answer have to reach their client. */
const CLOSE_GRACE_MS = 2_000;

await requireLoopback(HOST);
const service = await readService(fileURLToPath(new URL('../serverless.yml', import.meta.url)));
const emulator = createEmulator({ service, limits: 'host' });
runPart(async () => {
  // The functions answer 503 from now on, and end what runs within their grace.
  const settled = new Promise((resolve) => setTimeout(resolve, SHUTDOWN_GRACE_SECONDS * 1_000 + SETTLE_MS));
  await Promise.race([emulator.idle(), settled]);
  await emulator.close({ graceMs: CLOSE_GRACE_MS });
});
const { url } = await emulator.listen({ host: HOST, port: PORT });
reportReady(url);
if (process.send === undefined) process.stderr.write(`listening on ${url}\n`);
