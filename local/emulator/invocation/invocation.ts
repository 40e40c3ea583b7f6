import type { FunctionDefinition } from '../definition/service-definition.ts';
import { createBufferedIntegration } from '../response/buffered-integration.ts';
import { toLongResponse } from '../response/buffered-response.ts';
import { createHttpIntegration } from '../response/http-integration.ts';
import { PLATFORM_ANSWERS, sendPlatformAnswer } from '../response/platform-answers.ts';
import type { Reply } from '../response/reply.ts';
import { ResponseStream } from '../response/response-stream.ts';
import { createContext } from './context.ts';
import type { BufferedHandler, LoadedHandler, StreamingHandler } from './handler-module.ts';
import type { InvocationLimits } from './limits.ts';
import { type InvocationOutcome, outcomeOfError } from './outcome.ts';

/** One run of a handler, from its event to its outcome. */
export type Invocation = {
  /** Resolves when the handler has settled and its response is sent, or when the emulator stops waiting for them. */
  readonly outcome: Promise<InvocationOutcome>;
  /**
   * Reports that the client has disconnected or the host stops: aborts the signal and fails the response stream. The
   * invocation counts as running until the handler settles, but no longer than the function's timeout.
   */
  disconnect(): void;
};

export type InvocationOptions = {
  readonly definition: FunctionDefinition;
  readonly handler: LoadedHandler;
  readonly limits: InvocationLimits;
  readonly requestId: string;
  readonly event: unknown;
  readonly reply: Reply;
};

export function startInvocation(options: InvocationOptions): Invocation {
  const { definition, handler, limits, requestId, event, reply } = options;
  const { timeoutMs } = limits;
  const { promise: outcome, resolve } = Promise.withResolvers<InvocationOutcome>();
  const client = new AbortController();
  let timer = timeoutMs === undefined ? undefined : setTimeout(() => timeOut(timeoutMs), timeoutMs);
  const context = createContext({ definition, requestId, timeoutMs, clientSignal: client.signal });
  let stream: ResponseStream | undefined;
  /** The outcome, if it was decided before the handler settled. */
  let earlyOutcome: InvocationOutcome | undefined;
  let isSettled = false;

  async function runBuffered(run: BufferedHandler): Promise<void> {
    const result = await run(event, context);
    if (earlyOutcome) return;
    const { head, body } = await toLongResponse(result, limits.bufferedBytes);
    if (earlyOutcome) return;
    reply.send(head, body);
  }

  async function runStreaming(run: StreamingHandler, highWaterMark: number | undefined): Promise<void> {
    const sink =
      definition.invokeMode === 'RESPONSE_STREAM'
        ? createHttpIntegration(reply, limits.streamedBytes)
        : createBufferedIntegration(reply, limits.bufferedBytes);
    const written = new ResponseStream(sink, highWaterMark);
    stream = written;
    const closed = new Promise<void>((done) => written.once('close', done));
    written.once('close', () => {
      if (!written.writableFinished) failResponse(written.errored ?? new Error('Response stream is not finished.'));
    });
    const returned = run(event, written, context);
    if (typeof (returned as PromiseLike<unknown> | undefined)?.then !== 'function') {
      throw new Error('Streaming does not support non-async handlers.');
    }
    await returned;
    await closed;
  }

  /** Handles a failed handler. A response that it has already ended stays complete. */
  function fail(error: unknown): void {
    const isComplete = stream?.writableFinished || (stream?.writableEnded && !stream.destroyed);
    if (!isComplete) failResponse(error);
    settle({ kind: 'failed', error });
  }

  /** Sends an error if the response has not begun, else cuts it off. */
  function failResponse(error: unknown): void {
    if (earlyOutcome) return;
    earlyOutcome = outcomeOfError(error);
    answerFailure();
    stream?.destroy(error instanceof Error ? error : new Error(String(error)));
  }

  function timeOut(afterMs: number): void {
    if (!earlyOutcome) {
      earlyOutcome = { kind: 'timed_out', timeoutMs: afterMs };
      answerFailure();
      release(new Error(`Task timed out after ${afterMs / 1000} seconds`));
    }
    settle(earlyOutcome);
  }

  function answerFailure(): void {
    if (reply.started) reply.cutOff();
    else sendPlatformAnswer(reply, PLATFORM_ANSWERS.failed);
  }

  function release(reason: Error): void {
    client.abort(reason);
    stream?.destroy(reason);
  }

  function settle(lateOutcome: InvocationOutcome): void {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    resolve(earlyOutcome ?? lateOutcome);
  }

  const ran =
    handler.kind === 'streaming' ? runStreaming(handler.run, handler.highWaterMark) : runBuffered(handler.run);
  ran.then(() => settle({ kind: 'completed' }), fail);
  return {
    outcome,
    disconnect() {
      if (isSettled) return;
      earlyOutcome ??= { kind: 'client_left' };
      timer ??= setTimeout(() => settle({ kind: 'client_left' }), limits.abandonAfterMs).unref();
      release(new Error('The client has disconnected'));
    },
  };
}
