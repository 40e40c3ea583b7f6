import type { FunctionDefinition } from '../definition/service-definition.ts';
import { BufferedIntegration } from '../response/buffered-integration.ts';
import { toBufferedResponse } from '../response/buffered-response.ts';
import { HttpIntegration } from '../response/http-integration.ts';
import { PLATFORM_ANSWERS, sendPlatformAnswer } from '../response/platform-answers.ts';
import type { Reply } from '../response/reply.ts';
import { ResponseStream } from '../response/response-stream.ts';
import { createContext, type EmulatedContext } from './context.ts';
import type { BufferedHandler, LoadedHandler, StreamingHandler } from './handler-module.ts';
import type { InvocationLimits } from './limits.ts';
import { type InvocationOutcome, outcomeOfError } from './outcome.ts';

export type InvocationOptions = {
  readonly definition: FunctionDefinition;
  readonly handler: LoadedHandler;
  readonly limits: InvocationLimits;
  readonly requestId: string;
  readonly event: unknown;
  readonly reply: Reply;
};

/** One run of a handler, from its event to its outcome. It starts when it is made. */
export class Invocation {
  /** Resolves when the handler has settled and its response has left, or when neither is waited for any longer. */
  readonly outcome: Promise<InvocationOutcome>;

  readonly #options: InvocationOptions;
  readonly #client = new AbortController();
  readonly #resolve: (outcome: InvocationOutcome) => void;
  #timer: NodeJS.Timeout | undefined;
  #stream: ResponseStream | undefined;
  /** What decided the end before the handler settled. */
  #ending: InvocationOutcome | undefined;
  #over = false;

  constructor(options: InvocationOptions) {
    const { promise, resolve } = Promise.withResolvers<InvocationOutcome>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#options = options;
    const { definition, handler, limits, requestId } = options;
    const { timeoutMs } = limits;
    if (timeoutMs !== undefined) this.#timer = setTimeout(() => this.#timeOut(timeoutMs), timeoutMs);
    const context = createContext({ definition, requestId, timeoutMs, clientSignal: this.#client.signal });
    const run =
      handler.kind === 'streaming' ? this.#runStreaming(handler, context) : this.#runBuffered(handler.run, context);
    run.then(
      () => this.#settle({ kind: 'completed' }),
      (error: unknown) => this.#fail(error),
    );
  }

  /**
   * The client left, or the host gives up: the signal is aborted and the response stream fails. The invocation counts
   * until the handler settles, for at most the function's timeout.
   */
  disconnect(): void {
    if (this.#over) return;
    this.#ending ??= { kind: 'client_left' };
    this.#timer ??= setTimeout(
      () => this.#settle({ kind: 'client_left' }),
      this.#options.limits.abandonAfterMs,
    ).unref();
    this.#release(new Error('The client has left'));
  }

  async #runBuffered(handler: BufferedHandler, context: EmulatedContext): Promise<void> {
    const { event, limits, reply } = this.#options;
    const result = await handler(event, context);
    if (this.#ending) return;
    const { head, body } = toBufferedResponse(result, limits.bufferedBytes);
    reply.send(head, body);
  }

  async #runStreaming(
    { run, highWaterMark }: { run: StreamingHandler; highWaterMark: number | undefined },
    context: EmulatedContext,
  ): Promise<void> {
    const { definition, event, limits, reply } = this.#options;
    const sink =
      definition.invokeMode === 'RESPONSE_STREAM'
        ? new HttpIntegration(reply, limits.streamedBytes)
        : new BufferedIntegration(reply, limits.bufferedBytes);
    const stream = new ResponseStream(sink, highWaterMark);
    this.#stream = stream;
    const closed = new Promise<void>((resolve) => stream.once('close', resolve));
    stream.once('close', () => {
      if (!stream.writableFinished) this.#break(stream.errored ?? new Error('Response stream is not finished.'));
    });
    const returned = run(event, stream, context);
    if (typeof (returned as PromiseLike<unknown> | undefined)?.then !== 'function') {
      throw new Error('Streaming does not support non-async handlers.');
    }
    await returned;
    await closed;
  }

  /** The handler failed. What it already ended is whole and stays so. */
  #fail(error: unknown): void {
    const stream = this.#stream;
    const whole = stream?.writableFinished || (stream?.writableEnded && !stream.destroyed);
    if (!whole) this.#break(error);
    this.#settle({ kind: 'failed', error });
  }

  /** The response cannot be finished: an error if it has not begun, else the connection breaks. */
  #break(error: unknown): void {
    if (this.#ending) return;
    this.#ending = outcomeOfError(error);
    this.#answerFailure();
    this.#stream?.destroy(error instanceof Error ? error : new Error(String(error)));
  }

  #timeOut(timeoutMs: number): void {
    if (!this.#ending) {
      this.#ending = { kind: 'timed_out', timeoutMs };
      this.#answerFailure();
      this.#release(new Error(`Task timed out after ${timeoutMs / 1000} seconds`));
    }
    this.#settle(this.#ending);
  }

  #answerFailure(): void {
    const { reply } = this.#options;
    if (reply.started) reply.breakOff();
    else sendPlatformAnswer(reply, PLATFORM_ANSWERS.failed);
  }

  #release(reason: Error): void {
    this.#client.abort(reason);
    this.#stream?.destroy(reason);
  }

  #settle(outcome: InvocationOutcome): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#resolve(this.#ending ?? outcome);
  }
}
