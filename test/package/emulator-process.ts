import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { readService } from '../../local/emulator/definition/service.ts';
import { createEmulator } from '../../local/emulator/emulator.ts';
import type { InvocationOutcome } from '../../local/emulator/invocation/outcome.ts';
import type { Head, InvokeMessage, OutcomeMessage } from './emulated.ts';

/** The emulator as a process: accepts invocations over HTTP, and sends their outcomes to its parent. */
const service = await readService(fileURLToPath(new URL('../../serverless.yml', import.meta.url)));

const server = createServer(async (request, response) => {
  const { id, functionName, event, timeoutMs } = (await json(request)) as InvokeMessage;
  const definition = service.functions.get(functionName);
  if (definition === undefined) throw new Error(`no function ${functionName}`);
  const emulator = createEmulator({
    service: {
      ...service,
      functions: new Map([[functionName, { ...definition, ...(timeoutMs && { timeoutSeconds: timeoutMs / 1_000 }) }]]),
    },
    limits: 'platform',
    log: ({ outcome }) => process.send?.({ id, end: endOf(outcome) } satisfies OutcomeMessage),
  });
  const { body, ...head } = await emulator.invoke(functionName, event);
  response.writeHead(200, { 'x-head': Buffer.from(JSON.stringify(head satisfies Head)).toString('base64') });
  response.flushHeaders();
  await pipeline(body, response).catch(() => response.destroy());
});

function endOf(outcome: InvocationOutcome): OutcomeMessage['end'] {
  switch (outcome.kind) {
    case 'completed':
      return 'complete';
    case 'failed':
      return { errorType: outcome.error instanceof Error ? outcome.error.name : typeof outcome.error };
    case 'timed_out':
      return { errorType: 'Sandbox.Timedout' };
    case 'too_large':
      return { errorType: 'Function.ResponseSizeTooLarge' };
    default:
      return { errorType: outcome.kind };
  }
}

process.once('disconnect', () => process.exit(1));
await once(server.listen(0, '127.0.0.1'), 'listening');
process.once('SIGTERM', () => {
  server.close();
  process.disconnect();
});
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
