import { EventEmitter, on, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { readService } from '../../../local/emulator/definition/service.ts';
import type { ServiceDefinition } from '../../../local/emulator/definition/service-definition.ts';
import { createEmulator, type Emulator } from '../../../local/emulator/emulator.ts';
import type { EmulatedContext } from '../../../local/emulator/invocation/context.ts';
import type { LimitsMode } from '../../../local/emulator/invocation/limits.ts';
import type { InvocationRecord } from '../../../local/emulator/invocation/outcome.ts';
import { probe } from './fixtures/service/handlers/probe.ts';

export const FIXTURE = path.join(import.meta.dirname, 'fixtures/service/serverless.yml');

export type Running = {
  readonly emulator: Emulator;
  readonly url: string;
  readonly port: number;
  /** Resolves with the record of the next invocation that ends. */
  nextRecord(): Promise<InvocationRecord>;
};

/** The data that a function of the fixture passes to the test. */
export type ScriptCall = {
  readonly event: Record<string, unknown>;
  readonly stream: awslambda.HttpResponseStream;
  readonly context: EmulatedContext;
};

/** The fixture service on a free port; closed when the test ends. */
export async function startFixture(
  t: TestContext,
  options: { limits?: LimitsMode; trustProxy?: boolean; cutBodyBytes?: number } = {},
): Promise<Running> {
  const service = await readService(FIXTURE);
  const { limits = 'platform', ...rest } = options;
  const records = new EventEmitter();
  const queued = on(records, 'record');
  const emulator = createEmulator({
    // This one cannot be loaded, on purpose. It has its own test.
    service: withoutFunction(service, 'callback'),
    limits,
    ...rest,
    log: (record) => records.emit('record', record),
  });
  t.after(() => emulator.close({ settleMs: 200 }));
  t.after(() => probe.removeAllListeners());
  const { url, port } = await emulator.listen({ host: '127.0.0.1', port: 0 });
  return { emulator, url, port, nextRecord: async () => (await queued.next()).value?.[0] };
}

function withoutFunction(service: ServiceDefinition, name: string): ServiceDefinition {
  const functions = new Map([...service.functions].filter(([key]) => key !== name));
  return { ...service, functions, routes: service.routes.filter((route) => route.functionName !== name) };
}

/** Sets what the next invocation of a `script` function does. It ends when `act` does. */
export function onScript(act: (call: ScriptCall) => Promise<unknown> | unknown): void {
  probe.once('script', (addStep: (step: unknown) => void, call: ScriptCall) => {
    addStep(act(call));
  });
}

/** Sets what the next invocation of a `value` function returns. */
export function onValue(make: (event: Record<string, unknown>, context: EmulatedContext) => unknown): void {
  probe.once('value', (give: (result: unknown) => void, event: Record<string, unknown>, context: EmulatedContext) => {
    give(make(event, context));
  });
}

/** Waits for an event of the probe. Call it before the action that causes the event. */
export async function probed<Arguments extends unknown[]>(event: string): Promise<Arguments> {
  return (await once(probe, event)) as Arguments;
}

/** Starts a response with a prelude, as handlers do. */
export function withHead(
  stream: awslambda.HttpResponseStream,
  head: Record<string, unknown>,
): awslambda.HttpResponseStream {
  return awslambda.HttpResponseStream.from(stream, head);
}

/** Opens a connection that sends exactly this, and destroys it when the test ends. */
export function openRaw(t: TestContext, port: number, request: string): Socket {
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  return socket;
}

/** Returns everything that a connection receives until the other side closes it. */
export async function readRaw(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  await once(socket, 'close');
  return received;
}
