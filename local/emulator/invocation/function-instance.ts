import type { FunctionDefinition } from '../definition/service-definition.ts';
import { PLATFORM_ANSWERS, sendPlatformAnswer } from '../response/platform-answers.ts';
import type { Reply } from '../response/reply.ts';
import { type LoadedHandler, loadHandler } from './handler-module.ts';
import { Invocation } from './invocation.ts';
import type { InvocationLimits } from './limits.ts';
import type { InvocationOutcome, InvocationRecord } from './outcome.ts';

/** One function in this process: its handler, loaded once, and its invocations, any number at a time. */
export class FunctionInstance {
  readonly definition: FunctionDefinition;
  readonly #limits: InvocationLimits;
  readonly #ended: (record: InvocationRecord) => void;
  readonly #running = new Set<Invocation>();
  #loading: Promise<LoadedHandler> | undefined;
  #handler: LoadedHandler | undefined;

  /** `ended` is called once for each invocation, those that were refused included. */
  constructor(definition: FunctionDefinition, limits: InvocationLimits, ended: (record: InvocationRecord) => void) {
    this.definition = definition;
    this.#limits = limits;
    this.#ended = ended;
  }

  get running(): ReadonlySet<Invocation> {
    return this.#running;
  }

  /** Imports the handler; throws as `loadHandler`. Invocations do so themselves when it was not done before. */
  async load(): Promise<void> {
    this.#loading ??= loadHandler(this.definition);
    this.#handler = await this.#loading;
  }

  /**
   * Runs the handler and answers through `reply`, whatever happens. Gives undefined when there is nothing to run: over
   * the reserved concurrency, or a handler that cannot be loaded.
   */
  invoke(call: {
    event: unknown;
    requestId: string;
    reply: Reply;
  }): Invocation | undefined | Promise<Invocation | undefined> {
    return this.#handler ? this.#start(this.#handler, call) : this.#loadAndStart(call);
  }

  async #loadAndStart(call: { event: unknown; requestId: string; reply: Reply }): Promise<Invocation | undefined> {
    try {
      await this.load();
    } catch (error) {
      sendPlatformAnswer(call.reply, PLATFORM_ANSWERS.failed);
      this.#record(call.requestId, performance.now(), { kind: 'failed', error });
      return undefined;
    }
    return this.#start(this.#handler as LoadedHandler, call);
  }

  #start(handler: LoadedHandler, call: { event: unknown; requestId: string; reply: Reply }): Invocation | undefined {
    const startedAt = performance.now();
    const { concurrency } = this.#limits;
    if (concurrency !== undefined && this.#running.size >= concurrency) {
      sendPlatformAnswer(call.reply, PLATFORM_ANSWERS.throttled);
      this.#record(call.requestId, startedAt, { kind: 'throttled' });
      return undefined;
    }
    const invocation = new Invocation({ definition: this.definition, handler, limits: this.#limits, ...call });
    this.#running.add(invocation);
    void invocation.outcome.then((outcome) => {
      this.#running.delete(invocation);
      this.#record(call.requestId, startedAt, outcome);
    });
    return invocation;
  }

  #record(requestId: string, startedAt: number, outcome: InvocationOutcome): void {
    this.#ended({ functionName: this.definition.name, requestId, durationMs: performance.now() - startedAt, outcome });
  }
}
