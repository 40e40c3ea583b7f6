import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ServiceDefinition } from './definition/service-definition.ts';
import { type CutBodyBytes, createFunctionUrls } from './http/function-urls.ts';
import { createUrlServer } from './http/url-server.ts';
import { createFunctionInstance, type FunctionInstance } from './invocation/function-instance.ts';
import { type LimitsMode, limitsFor } from './invocation/limits.ts';
import type { InvocationOutcome, InvocationRecord } from './invocation/outcome.ts';
import { createMemoryReply, type InvokeResponse } from './response/memory-reply.ts';

export type EmulatorOptions = {
  readonly service: ServiceDefinition;
  readonly limits: LimitsMode;
  /** Whether requests come through a trusted proxy: then the last X-Forwarded-For is the client. Default: false. */
  readonly trustProxy?: boolean;
  /**
   * Bytes after which a request's body is cut off, which limits the memory of a connection. For functions that refuse
   * longer bodies themselves. Default: the platform's own limit and refusal.
   */
  readonly cutBodyBytes?: CutBodyBytes;
  /** Called with the outcome of every invocation. */
  readonly log?: (record: InvocationRecord) => void;
};

export type Emulator = {
  /** Imports every handler. Throws an Error that names the function whose handler cannot be loaded. */
  load(): Promise<void>;
  /** Loads, then serves the routes over HTTP. Port 0 selects a free one. */
  listen(options: { host: string; port: number }): Promise<{ url: string; port: number }>;
  /** Invokes a function by name, without HTTP. Abort the signal to disconnect, as an HTTP client would. */
  invoke(functionName: string, event: unknown, options?: { signal?: AbortSignal }): Promise<InvokeResponse>;
  /** Invokes a function by name, as an event source does, and discards the response. */
  trigger(functionName: string, event: unknown): Promise<InvocationOutcome>;
  /** The number of running invocations. */
  readonly running: number;
  /** Resolves when no invocation runs. */
  idle(): Promise<void>;
  /**
   * Stops accepting, closes idle connections, and after `graceMs` disconnects running invocations. Then waits
   * `settleMs` (default 5000) for handlers to clean up. `graceMs` 0 disconnects at once.
   */
  close(options?: { graceMs?: number; settleMs?: number }): Promise<void>;
};

/** Serves the functions of a service, all in this process. */
export function createEmulator(options: EmulatorOptions): Emulator {
  const { service, limits, trustProxy = false, cutBodyBytes, log } = options;
  const idleWaiters = new Set<() => void>();
  const onOutcome = (record: InvocationRecord): void => {
    log?.(record);
    if (running() === 0) for (const waiter of idleWaiters) waiter();
  };
  const functions = new Map<string, FunctionInstance>();
  for (const [name, definition] of service.functions) {
    functions.set(name, createFunctionInstance({ definition, limits: limitsFor(limits, definition), onOutcome }));
  }
  const running = (): number => functions.values().reduce((sum, instance) => sum + instance.running.size, 0);
  let closing = false;
  const keepAlive = (): boolean => !closing;
  const server = createUrlServer(
    createFunctionUrls({ routes: service.routes, functions, trustProxy, cutBodyBytes, keepAlive }),
  );

  const instanceOf = (functionName: string): FunctionInstance => {
    const instance = functions.get(functionName);
    if (!instance) throw new Error(`No function "${functionName}" in ${service.file}`);
    return instance;
  };

  const idle = async (): Promise<void> => {
    if (running() === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    idleWaiters.add(resolve);
    await promise;
    idleWaiters.delete(resolve);
  };

  const load = async (): Promise<void> => {
    await Promise.all(functions.values().map((instance) => instance.load()));
  };

  return {
    load,
    idle,
    get running() {
      return running();
    },
    async listen({ host, port }) {
      await load();
      server.listen(port, host);
      await once(server, 'listening');
      const address = server.address() as AddressInfo;
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return { url: `http://${name}:${address.port}`, port: address.port };
    },
    async invoke(functionName, event, { signal } = {}) {
      const reply = createMemoryReply();
      const invocation = await instanceOf(functionName).invoke({ event, requestId: randomUUID(), reply });
      if (invocation) {
        reply.onLeave(() => invocation.disconnect());
        const leave = (): void => reply.leave(signal?.reason);
        if (signal?.aborted) leave();
        signal?.addEventListener('abort', leave, { once: true });
        void invocation.outcome.then(({ kind }) => {
          signal?.removeEventListener('abort', leave);
          if (kind === 'client_left') reply.leave(new Error('The invocation was ended'));
        });
      }
      return reply.response;
    },
    async trigger(functionName, event) {
      const reply = createMemoryReply();
      void reply.response.then(({ body }) => body.on('error', () => {}).resume());
      const invocation = await instanceOf(functionName).invoke({ event, requestId: randomUUID(), reply });
      // `load` reports handlers that cannot be loaded. Without an invocation, the function was at its concurrency.
      return invocation === undefined ? { kind: 'throttled' } : await invocation.outcome;
    },
    async close({ graceMs = 0, settleMs = 5_000 } = {}) {
      closing = true;
      const closed = server.listening ? once(server, 'close') : Promise.resolve();
      server.close();
      server.closeIdleConnections();
      if (graceMs > 0) await waitAtMost(graceMs, Promise.all([closed, idle()]));
      server.closeAllConnections();
      for (const instance of functions.values()) for (const invocation of instance.running) invocation.disconnect();
      await closed;
      await waitAtMost(settleMs, idle());
    },
  };
}

/** Waits for a promise, but no longer than `limitMs`. */
async function waitAtMost(limitMs: number, promise: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
