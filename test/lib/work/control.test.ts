import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { v7 as uuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import {
  TRANSCODE_CONTROL,
  type TranscodeAction,
  type TranscodeControl,
  type TranscodeDone,
} from '#lib/transcode/control.ts';
import { type ControlOptions, createControl } from '#lib/work/control.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { storeOf } from '../../support/store.ts';

let postgres: Postgres;

before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

type Perform = ControlOptions<TranscodeAction, TranscodeDone>['perform'];
type Instance = TranscodeControl & { readonly id: string };

/** Returns another instance on the database, once it listens. */
async function instance(test: TestContext, perform: Perform, timeoutMs?: number): Promise<Instance> {
  const id = uuid();
  const { notifications } = storeOf(test, postgres.url);
  const listening = new Promise<void>((resolve) => notifications.listen(`instance_${id}`, () => resolve()));
  const control = createControl({
    ...TRANSCODE_CONTROL,
    instanceId: id,
    messenger: notifications,
    perform,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  test.after(() => control.close());
  await listening;
  return { ...control, id };
}

const nothing = async () => 'done' as const;
const TRANSCODE = uuid();

describe('control', () => {
  it('performs an action on another instance, and returns its result', async (test) => {
    const asked: unknown[] = [];
    const done = { filters: { speed: 1.5, pitch: 0, volume: 1 }, appliedAtSample: 118_007 };
    const a = await instance(test, async (transcode, action) => {
      asked.push({ transcode, action });
      return done;
    });
    const b = await instance(test, nothing);
    const request = { transcode: TRANSCODE, action: { kind: 'adjust', patch: { speed: 1.5 } } } as const;
    const startedAt = performance.now();
    assert.deepEqual(await b.request(a.id, TRANSCODE, request.action), done);
    assert.ok(performance.now() - startedAt < 2_000);
    assert.deepEqual(asked, [request]);
  });

  it('throws the error of the other instance', async (test) => {
    const error = new AppError('CONFLICT', { field: 'filters.pitch' }, { message: 'no', recoverable: true });
    const a = await instance(test, () => Promise.reject(error));
    const b = await instance(test, nothing);
    const { code, details, message, recoverable } = error;
    await assert.rejects(b.request(a.id, TRANSCODE, { kind: 'cancel' }), {
      code,
      details,
      message,
      recoverable,
    });
  });

  it('sends a defect without internals, and an error that is too long without details', async (test) => {
    const a = await instance(test, () => Promise.reject(new TypeError('INTERNALS')));
    const b = await instance(test, () => Promise.reject(new AppError('CONFLICT', { log: 'ä'.repeat(5_000) })));
    const action = { kind: 'cancel' } as const;
    await assert.rejects(b.request(a.id, TRANSCODE, action), (error: Error) => !error.message.includes('INTERNALS'));
    await assert.rejects(a.request(b.id, TRANSCODE, action), { code: 'CONFLICT', details: {} });
  });

  it('returns its own reply to every requester', async (test) => {
    const a = await instance(test, async (_, action) => {
      const { patch } = action as Extract<typeof action, { kind: 'adjust' }>;
      return { filters: { speed: patch.speed ?? 1, pitch: 0, volume: 1 }, appliedAtSample: 1 };
    });
    const askers = await Promise.all([instance(test, nothing), instance(test, nothing)]);
    const speeds = [0.5, 0.75, 1, 1.25, 1.5, 2];
    const answers = speeds.map((speed, index) =>
      askers[index % 2]?.request(a.id, TRANSCODE, { kind: 'adjust', patch: { speed } }),
    );
    const got = (await Promise.all(answers)).map((answer) =>
      typeof answer === 'object' ? answer.filters.speed : answer,
    );
    assert.deepEqual(got, speeds);
  });

  it('waits no longer than the timeout for an instance that does not reply or does not exist', async (test) => {
    const a = await instance(test, () => new Promise(() => undefined));
    const b = await instance(test, nothing, 100);
    const action = { kind: 'cancel' } as const;
    await assert.rejects(b.request(a.id, TRANSCODE, action), { code: 'TIMEOUT' });
    await assert.rejects(b.request(uuid(), TRANSCODE, action), { code: 'TIMEOUT' });
  });

  it('ignores payloads that are not messages', async (test) => {
    let acted = 0;
    const a = await instance(test, async () => {
      acted += 1;
      return 'done';
    });
    const b = await instance(test, nothing);
    const { notifications } = storeOf(test, postgres.url);
    for (const payload of ['', 'x', '{}', '{"kind":"ask"}', '[]'])
      await notifications.notify(`instance_${a.id}`, payload);
    assert.equal(await b.request(a.id, TRANSCODE, { kind: 'cancel' }), 'done');
    await eventually(() => assert.equal(acted, 1));
  });

  it('exchanges messages with the previous release', async (test) => {
    const performed: unknown[] = [];
    const a = await instance(test, async (transcode, action) => {
      performed.push({ transcode, action });
      return action.kind === 'cancel' ? 'done' : Promise.reject(new AppError('CONFLICT', { state: 'failed' }));
    });
    const { notifications } = storeOf(test, postgres.url);
    const replies: unknown[] = [];
    const other = uuid();
    const listening = Promise.withResolvers<void>();
    notifications.listen(`instance_${other}`, (payload) => {
      if (payload === undefined) listening.resolve();
      else replies.push(JSON.parse(payload));
    });
    await listening.promise;
    const [first, second] = [uuid(), uuid()];
    const adjust = { kind: 'adjust', patch: { speed: 1.5 } };
    for (const [id, action] of [
      [first, { kind: 'cancel' }],
      [second, adjust],
    ] as const) {
      const request = { transcode: TRANSCODE, action };
      await notifications.notify(`instance_${a.id}`, JSON.stringify({ kind: 'ask', id, from: other, request }));
    }
    await eventually(() => assert.equal(replies.length, 2));
    assert.deepEqual(performed, [
      { transcode: TRANSCODE, action: { kind: 'cancel' } },
      { transcode: TRANSCODE, action: adjust },
    ]);
    const failure = {
      code: 'CONFLICT',
      message: 'not possible in the current state',
      details: { state: 'failed' },
      recoverable: false,
    };
    assert.deepEqual(
      new Set(replies),
      new Set([
        { kind: 'done', id: first, done: 'done' },
        { kind: 'failed', id: second, failure },
      ]),
    );
  });

  it('ignores messages about another kind of work', async (test) => {
    let performed = 0;
    const a = await instance(test, async () => {
      performed += 1;
      return 'done';
    });
    const b = await instance(test, nothing);
    const { notifications } = storeOf(test, postgres.url);
    const request = { job: TRANSCODE, action: { kind: 'cancel' } };
    const message = { kind: 'ask', id: uuid(), from: b.id, request };
    await notifications.notify(`instance_${a.id}`, JSON.stringify(message));
    assert.equal(await b.request(a.id, TRANSCODE, { kind: 'cancel' }), 'done');
    assert.equal(performed, 1);
  });
});
