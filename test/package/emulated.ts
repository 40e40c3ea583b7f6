import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { HOST_PROCESS } from '../../local/host-process.ts';
import { childrenOf } from '../support/leaks.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import type { Answered, Chunk, End, Implementation } from './implementation.ts';

/** A message to the emulator's process. */
export type InvokeMessage = {
  readonly id: string;
  readonly functionName: string;
  readonly event: unknown;
  readonly timeoutMs: number | undefined;
};
/** A message from it. */
export type OutcomeMessage = { readonly id: string; readonly end: End };
export type Head = Pick<Answered, 'statusCode' | 'headers' | 'cookies'>;

/** The emulator in a separate process, with the platform's limits and these settings. */
export async function startEmulated(settings: NodeJS.ProcessEnv): Promise<Implementation> {
  const spool = scratchFolder();
  const { PATH, FFMPEG_PATH, TMPDIR } = process.env;
  const child = fork(new URL('emulator-process.ts', import.meta.url), {
    env: { PATH, FFMPEG_PATH, TMPDIR, ...HOST_PROCESS.environment, SPOOL_DIR: spool.path, ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const exited = once(child, 'exit').finally(() => spool[Symbol.dispose]());
  const ready = once(child, 'message').then(([message]) => (message as { url: string }).url);
  const url = await Promise.race([ready, exited.then(() => Promise.reject(new Error(`it did not start: ${printed}`)))]);
  const ends = new Map<string, (end: End) => void>();
  child.on('message', ({ id, end }: OutcomeMessage) => ends.get(id)?.(end));

  return {
    name: 'emulator',
    async invoke(functionName, event, { timeoutMs } = {}) {
      const id = randomUUID();
      const { promise: end, resolve } = Promise.withResolvers<End>();
      ends.set(id, resolve);
      const call = httpRequest(url, { method: 'POST', agent: false });
      call.end(JSON.stringify({ id, functionName, event, timeoutMs } satisfies InvokeMessage));
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      const head = JSON.parse(Buffer.from(String(response.headers['x-head']), 'base64').toString('utf8')) as Head;
      return { ...head, chunks: chunksOf(response), end: end.then((told) => asSeen(response, told)) };
    },
    processesOf: () => {
      const runtime = child.pid ?? Number.NaN;
      return [runtime, ...childrenOf(runtime).map(({ pid }) => pid)];
    },
    printed: () => printed,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Chunk> {
  try {
    for await (const bytes of response) yield { bytes: bytes as Buffer, at: performance.now() };
  } catch {
    // The body was cut. The outcome of the invocation arrives separately.
    return;
  }
}

/** Checks that the client's view matches the emulator's report. */
async function asSeen(response: IncomingMessage, end: End): Promise<End> {
  if (!response.closed) await once(response, 'close').catch(() => undefined);
  return end === 'complete' && !response.complete ? { errorType: 'cut without a report' } : end;
}
