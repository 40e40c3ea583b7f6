import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { readService } from '../../../local/emulator/definition/service.ts';
import type { Schedule, ServiceDefinition } from '../../../local/emulator/definition/service-definition.ts';
import { createEmulator } from '../../../local/emulator/emulator.ts';
import type { InvocationOutcome } from '../../../local/emulator/invocation/outcome.ts';
import { startSchedules } from '../../../local/emulator/schedules.ts';
import { eventually } from '../../support/eventually.ts';
import { FIXTURE, onScript, onValue } from './fixture.ts';
import { probe } from './fixtures/service/handlers/probe.ts';

const OFTEN_MS = 20;

function withSchedule(service: ServiceDefinition, name: string, schedule: Schedule): ServiceDefinition {
  const definition = service.functions.get(name);
  assert.ok(definition);
  return { ...service, functions: new Map([[name, { ...definition, schedules: [schedule] }]]), routes: [] };
}

/** One function of the fixture, called on a schedule. */
async function start(t: TestContext, name: string, { everyMs = OFTEN_MS, input }: Partial<Schedule> = {}) {
  const service = withSchedule(await readService(FIXTURE), name, { everyMs, input });
  const emulator = createEmulator({ service, limits: 'host' });
  await emulator.load();
  const failures: InvocationOutcome[] = [];
  const stop = startSchedules({
    service,
    emulator,
    onFailure: (functionName, outcome) => {
      assert.equal(functionName, name);
      failures.push(outcome);
    },
  });
  t.after(async () => {
    stop();
    probe.removeAllListeners();
    await emulator.close();
  });
  return { emulator, failures, stop };
}

test('calls a function repeatedly on its schedule, with the event of EventBridge', async (t) => {
  const { failures } = await start(t, 'value');
  for (let time = 0; time < 3; time += 1) {
    const called = Promise.withResolvers<Record<string, unknown>>();
    onValue((event) => called.resolve(event));
    const event = await called.promise;
    assert.deepEqual(
      { ...event, id: '', time: '' },
      {
        version: '0',
        id: '',
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '000000000000',
        time: '',
        region: 'local',
        resources: ['arn:aws:events:local:000000000000:rule/value'],
        detail: {},
      },
    );
    assert.match(String(event['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  }
  assert.deepEqual(failures, []);
});

test('passes the input of a schedule in place of the event', async (t) => {
  await start(t, 'value', { input: { table: 'old' } });
  const called = Promise.withResolvers<Record<string, unknown>>();
  onValue((event) => called.resolve(event));
  assert.deepEqual(await called.promise, { table: 'old' });
});

test('does not start another run while one takes longer than its period', async (t) => {
  const { emulator } = await start(t, 'waits');
  const runs: (() => void)[] = [];
  probe.on('waits', (finish: () => void) => runs.push(finish));
  await eventually(() => assert.equal(runs.length, 1));
  const dueTwiceMore = Promise.withResolvers<void>();
  setTimeout(dueTwiceMore.resolve, 3 * OFTEN_MS);
  await dueTwiceMore.promise;
  assert.equal(runs.length, 1);
  assert.equal(emulator.running, 1);
  runs[0]?.();
  await eventually(() => assert.equal(runs.length, 2));
  runs[1]?.();
});

test('reports a run that fails, and still starts the next one', async (t) => {
  const { failures } = await start(t, 'fails');
  await eventually(() => assert.ok(failures.length > 1));
  for (const failure of failures) {
    assert.ok(failure.kind === 'failed');
    assert.match(String(failure.error), /on purpose/);
  }
});

test('reads the output of a streaming function, so that it ends', async (t) => {
  const { failures } = await start(t, 'script');
  for (let time = 0; time < 2; time += 1) {
    const ended = Promise.withResolvers<void>();
    onScript(async ({ stream }) => {
      const pieces = Array.from({ length: 16 }, () => Buffer.alloc(1 << 20));
      await pipeline(pieces, stream);
      ended.resolve();
    });
    await ended.promise;
  }
  assert.deepEqual(failures, []);
});

test('calls nothing after the stop, and leaves no timer', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  const { stop, emulator } = await start(t, 'value');
  const called = Promise.withResolvers<void>();
  onValue(() => called.resolve());
  await called.promise;
  await emulator.idle();
  stop();
  let calls = 0;
  probe.on('value', () => {
    calls += 1;
  });
  assert.equal(timers(), before);
  const dueTwice = Promise.withResolvers<void>();
  setTimeout(dueTwice.resolve, 3 * OFTEN_MS);
  await dueTwice.promise;
  assert.equal(calls, 0);
});

test('waits for a period that is longer than the longest timer of Node', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const { failures, stop } = await start(t, 'fails', { everyMs: 2_592_000_000 });
  const pass = (ms: number): void => {
    now += ms;
    t.mock.timers.tick(ms);
  };
  pass(2 ** 31 - 1);
  pass(2_592_000_000 - (2 ** 31 - 1) - 1);
  await new Promise(setImmediate);
  assert.equal(failures.length, 0);
  pass(1);
  t.mock.timers.reset();
  await eventually(() => assert.equal(failures.length, 1));
  stop();
});
