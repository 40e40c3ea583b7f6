import { Worker } from 'node:worker_threads';
import { AppError } from '#lib/errors.ts';
import { toError } from '#lib/work/record.ts';
import { createShare } from '#lib/work/shares.ts';
import type { LargeBodies, SentBody } from './middlewares/request-body.ts';
import type { LargeBodyModule, ReadBody } from './route-entry.ts';

/** Bodies that may be read or wait for it. */
const WAITING = { budget: 'large_bodies', limit: 14, reserve: 2, perAccount: 4 };
/** Longest time for one body, ms. */
const TIMEOUT_MS = 5_000;
/** Time after which a thread without work ends, ms. */
const IDLE_MS = 30_000;
const MEMORY_MIB = 128;

/** The thread's program. It has no file of its own, so that a bundle needs none. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const loaded = import(workerData);
parentPort.on('message', async ({ body, isBase64Encoded }) => {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  parentPort.postMessage((await loaded).body.read(text));
});`;

export type BodyThreadOptions = { readonly timeoutMs?: number; readonly idleMs?: number };

/**
 * Reads large bodies one after another in a thread for each module. A thread starts with the first body and ends after
 * some idle time. It does not keep the process alive.
 */
export function createBodyThreads({ timeoutMs = TIMEOUT_MS, idleMs = IDLE_MS }: BodyThreadOptions = {}): LargeBodies {
  const share = createShare(WAITING);
  const threads = new Map<string, ReturnType<typeof createThread>>();

  function threadOf({ url }: LargeBodyModule): ReturnType<typeof createThread> {
    const thread = threads.get(url) ?? createThread(url, { timeoutMs, idleMs });
    threads.set(url, thread);
    return thread;
  }

  return {
    async read(module, { account, ...sent }) {
      const place = share.take({ account });
      try {
        const read = await threadOf(module)(sent);
        if (read.kind === 'refused') throw toError(read.failure);
        return read.value;
      } finally {
        place.release();
      }
    },
  };
}

/** Returns a function that reads one body at a time; the others wait in line. */
function createThread(url: string, { timeoutMs, idleMs }: Required<BodyThreadOptions>) {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let line: Promise<unknown> = Promise.resolve();

  function end(): void {
    void worker?.terminate();
    worker = undefined;
  }

  function started(): Worker {
    clearTimeout(idle);
    if (worker !== undefined) return worker;
    const resourceLimits = { maxOldGenerationSizeMb: MEMORY_MIB };
    const created = new Worker(PROGRAM, { eval: true, workerData: url, resourceLimits });
    // An error between two bodies ends the thread: the next body starts another one.
    created
      .on('error', () => undefined)
      .once('exit', () => {
        if (worker === created) worker = undefined;
      });
    worker = created;
    return created;
  }

  async function read(sent: SentBody): Promise<ReadBody> {
    const running = started();
    const { promise, resolve, reject } = Promise.withResolvers<ReadBody>();
    const timer = setTimeout(() => reject(tooSlow(timeoutMs)), timeoutMs);
    const onExit = () => reject(new AppError('INTERNAL_ERROR', {}, { cause: new Error('the thread has ended') }));
    running.once('message', resolve).once('error', reject).once('exit', onExit);
    running.ref();
    running.postMessage(sent);
    try {
      return await promise;
    } catch (error) {
      end();
      throw error;
    } finally {
      clearTimeout(timer);
      running.off('message', resolve).off('error', reject).off('exit', onExit);
      running.unref();
      idle = setTimeout(end, idleMs).unref();
    }
  }

  return (sent: SentBody): Promise<ReadBody> => {
    const result = line.then(() => read(sent));
    line = result.catch(() => undefined);
    return result;
  };
}

function tooSlow(timeoutMs: number): AppError {
  const message = `the body could not be read within ${timeoutMs / 1_000} seconds`;
  return new AppError('TIMEOUT', { limit_seconds: timeoutMs / 1_000 }, { message, recoverable: false });
}
