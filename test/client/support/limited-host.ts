import { fileURLToPath } from 'node:url';
import { reportReady, runPart } from '#lib/process/part.ts';
import { readService } from '../../../local/emulator/definition/service.ts';
import { createEmulator } from '../../../local/emulator/emulator.ts';

/** A host with the platform's limits, whose functions time out after FUNCTION_TIMEOUT_SECONDS. */
const service = await readService(fileURLToPath(new URL('../../../serverless.yml', import.meta.url)));
const timeoutSeconds = Number(process.env['FUNCTION_TIMEOUT_SECONDS']);
const functions = new Map(
  [...service.functions].map(([name, definition]) => [name, { ...definition, timeoutSeconds }]),
);
const emulator = createEmulator({ service: { ...service, functions }, limits: 'platform', cutBodyBytes: 65_536 });
runPart(() => emulator.close({ graceMs: 0 }));
const { url } = await emulator.listen({ host: '127.0.0.1', port: 0 });
reportReady(url);
