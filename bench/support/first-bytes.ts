import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Play } from './orchestrator.ts';

/** Enough bytes to contain audio and not only the headers of a file. */
const WANTED_BYTES = 4_096;

/** Returns the milliseconds from the start of a subprocess to the first 4 KiB of its output. */
export async function subprocessMs({ command }: Extract<Play, { command: unknown }>): Promise<number> {
  const [file = '', ...args] = command;
  const startedAt = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ms = await untilWanted(child.stdout, startedAt);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return ms;
}

/** Returns the milliseconds from the request to the first 4 KiB of the response. */
export async function serviceMs({ url, body }: Extract<Play, { url: unknown }>): Promise<number> {
  const startedAt = performance.now();
  const asked = request(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`the service responded with ${answer.statusCode}`);
  const ms = await untilWanted(answer, startedAt);
  answer.destroy();
  return ms;
}

async function untilWanted(stream: NodeJS.ReadableStream, startedAt: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes >= WANTED_BYTES) return performance.now() - startedAt;
  }
  throw new Error('the stream ended before 4 KiB');
}
