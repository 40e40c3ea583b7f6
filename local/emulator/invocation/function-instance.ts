import type { FunctionDefinition } from '../definition/service-definition.ts';
import { PLATFORM_ANSWERS, sendPlatformAnswer } from '../response/platform-answers.ts';
import type { Reply } from '../response/reply.ts';
import { type LoadedHandler, loadHandler } from './handler-module.ts';
import { type Invocation, startInvocation } from './invocation.ts';
import type { InvocationLimits } from './limits.ts';
import type { InvocationOutcome, InvocationRecord } from './outcome.ts';

/** One function in this process: its handler, loaded once, and its running invocations. */
export type FunctionInstance = {
  readonly definition: FunctionDefinition;
  readonly running: ReadonlySet<Invocation>;
  /** Imports the handler; throws like `loadHandler`. The first invocation loads it if necessary. */
  load(): Promise<void>;
  /**
   * Runs the handler and always responds through `reply`. Returns undefined when nothing runs: over the reserved
   * concurrency, or when the handler cannot be loaded.
   */
  invoke(call: Call): Invocation | undefined | Promise<Invocation | undefined>;
};

type Call = { readonly event: unknown; readonly requestId: string; readonly reply: Reply };

export type FunctionInstanceOptions = {
  readonly definition: FunctionDefinition;
  readonly limits: InvocationLimits;
  /** Called once for each invocation, refused ones included. */
  readonly onOutcome: (record: InvocationRecord) => void;
};

export function createFunctionInstance({ definition, limits, onOutcome }: FunctionInstanceOptions): FunctionInstance {
  const running = new Set<Invocation>();
  let loading: Promise<LoadedHandler> | undefined;
  let handler: LoadedHandler | undefined;

  async function load(): Promise<LoadedHandler> {
    loading ??= loadHandler(definition);
    handler = await loading;
    return handler;
  }

  async function loadAndStart(call: Call): Promise<Invocation | undefined> {
    let loaded: LoadedHandler;
    try {
      loaded = await load();
    } catch (error) {
      sendPlatformAnswer(call.reply, PLATFORM_ANSWERS.failed);
      record(call, performance.now(), { kind: 'failed', error });
      return undefined;
    }
    return start(loaded, call);
  }

  function start(loaded: LoadedHandler, call: Call): Invocation | undefined {
    const startedAt = performance.now();
    if (limits.concurrency !== undefined && running.size >= limits.concurrency) {
      sendPlatformAnswer(call.reply, PLATFORM_ANSWERS.throttled);
      record(call, startedAt, { kind: 'throttled' });
      return undefined;
    }
    const invocation = startInvocation({ definition, handler: loaded, limits, ...call });
    running.add(invocation);
    void invocation.outcome.then((outcome) => {
      running.delete(invocation);
      record(call, startedAt, outcome);
    });
    return invocation;
  }

  function record({ requestId }: Call, startedAt: number, outcome: InvocationOutcome): void {
    onOutcome({ functionName: definition.name, requestId, durationMs: performance.now() - startedAt, outcome });
  }

  return {
    definition,
    running,
    load: async () => void (await load()),
    invoke: (call) => (handler ? start(handler, call) : loadAndStart(call)),
  };
}
