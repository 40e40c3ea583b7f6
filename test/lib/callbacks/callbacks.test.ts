import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { CALLBACK_LIST, CALLBACK_TEST } from '#lib/callbacks/record.ts';
import { emptyDatabase } from '../../support/empty-database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { caller, courierOf } from './support/courier.ts';
import { answer, startReceiver, statuses } from './support/receiver.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

async function start(test: TestContext, networks: readonly string[] = [], sends = 100) {
  return courierOf(test, { url: await emptyDatabase(postgres.url), networks, sends });
}

describe('a test of a receiver', () => {
  it('is a signed message, and reports the status and the time', async (test) => {
    await using receiver = await startReceiver((_, response) => void response.end('an answer that nobody sees'));
    const { callbacks } = await start(test, [receiver.network]);
    const result = CALLBACK_TEST.parse(await callbacks.test(caller(), receiver.url));
    assert.partialDeepStrictEqual(result, { delivered: true, status: 200, reason: null });
    assert.ok(result.ms < 2_000);
    const [received] = receiver.received;
    const { secret } = await callbacks.secret(caller());
    const message = new Webhook(secret).verify(received?.body ?? '', received?.headers as Record<string, string>);
    assert.partialDeepStrictEqual(message, { type: 'callback.test', data: { id: received?.id } });
  });

  it('reports why it was not delivered', async (test) => {
    await using down = await startReceiver(answer(500));
    await using closed = await startReceiver();
    const { callbacks } = await start(test, [down.network, closed.network]);
    await closed[Symbol.asyncDispose]();
    const outcomes = [];
    for (const url of [down.url, closed.url, 'https://localhost/']) {
      const { delivered, status, reason } = await callbacks.test(caller(), url);
      outcomes.push([delivered, status, reason]);
    }
    assert.deepEqual(outcomes, [
      [false, 500, null],
      [false, null, 'refused'],
      [false, null, 'forbidden'],
    ]);
  });

  it('is refused for a URL that no callback may have', async (test) => {
    const { callbacks } = await start(test);
    await assert.rejects(callbacks.test(caller(), 'https://127.0.0.1/'), {
      code: 'SOURCE_FORBIDDEN',
      details: { field: 'url' },
    });
    await assert.rejects(callbacks.test(caller(), 'nonsense'), { code: 'VALIDATION_ERROR' });
  });

  it('is limited for each caller, together with replays', async (test) => {
    await using receiver = await startReceiver();
    const { callbacks } = await start(test, [receiver.network], 2);
    for (let turn = 0; turn < 2; turn += 1) await callbacks.test(caller(), receiver.url);
    await assert.rejects(callbacks.test(caller(), receiver.url), { code: 'RATE_LIMITED' });
    await assert.rejects(callbacks.replay(caller(), randomUUID(), 'job.completed'), { code: 'RATE_LIMITED' });
    await callbacks.test(caller('bob'), receiver.url);
    assert.equal(receiver.received.length, 3);
  });
});

describe('the callbacks of a job', () => {
  it('are listed newest first, to their owner alone', async (test) => {
    await using receiver = await startReceiver();
    const courier = await start(test, [receiver.network]);
    const subjectId = randomUUID();
    const first = await courier.enqueue({ url: receiver.url, subjectId, event: 'job.failed' });
    const second = await courier.enqueue({ url: `${receiver.url}?token=hidden`, subjectId });
    await courier.enqueue({ url: receiver.url });
    const items = await courier.callbacks.list(caller(), subjectId);
    CALLBACK_LIST.parse({ items });
    assert.deepEqual(
      items.map(({ id, event, status }) => [id, event, status]),
      [
        [second, 'job.completed', 'pending'],
        [first, 'job.failed', 'pending'],
      ],
    );
    assert.doesNotMatch(JSON.stringify(items), /hidden/);
    assert.notEqual(items[0]?.next_attempt_at, null);
    assert.deepEqual(await courier.callbacks.list(caller('bob'), subjectId), []);
  });

  it('can be sent again after they were given up, under the same id', async (test) => {
    await using receiver = await startReceiver(statuses(500, 500, 204));
    const courier = await start(test, [receiver.network]);
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [10] } });
    const id = await courier.enqueue({ url: receiver.url, subjectId });
    await eventually(() => assert.deepEqual(courier.outcomes, ['retried', 'failed']));
    const replayed = await courier.callbacks.replay(caller(), subjectId, 'job.completed');
    assert.partialDeepStrictEqual(replayed, { id, status: 'pending', ended_at: null });
    await eventually(() => assert.deepEqual(courier.outcomes, ['retried', 'failed', 'delivered']));
    const [record] = await courier.callbacks.list(caller(), subjectId);
    assert.deepEqual([record?.status, record?.attempts.map(({ status }) => status)], ['delivered', [500, 500, 204]]);
    assert.deepEqual(new Set(receiver.received.map((received) => received.id)), new Set([id]));
  });

  it('can be sent again though they were delivered, and tried again as often as at first', async (test) => {
    await using receiver = await startReceiver(statuses(204, 500, 204));
    const courier = await start(test, [receiver.network]);
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [10] } });
    const id = await courier.enqueue({ url: receiver.url, subjectId });
    await eventually(() => assert.deepEqual(courier.outcomes, ['delivered']));
    await courier.callbacks.replay(caller(), subjectId, id);
    await eventually(() => assert.deepEqual(courier.outcomes, ['delivered', 'retried', 'delivered']));
  });

  it('need not wait for their next attempt', async (test) => {
    await using receiver = await startReceiver(statuses(500, 204));
    const courier = await start(test, [receiver.network]);
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [3_600_000] } });
    await courier.enqueue({ url: receiver.url, subjectId });
    await eventually(() => assert.deepEqual(courier.outcomes, ['retried']));
    await courier.callbacks.replay(caller(), subjectId, 'job.completed');
    await eventually(() => assert.deepEqual(courier.outcomes, ['retried', 'delivered']));
  });

  it('are found by the latest of an event, and never by another caller', async (test) => {
    await using receiver = await startReceiver();
    const courier = await start(test, [receiver.network]);
    const subjectId = randomUUID();
    await courier.enqueue({ url: receiver.url, subjectId, event: 'job.failed' });
    const latest = await courier.enqueue({ url: receiver.url, subjectId, event: 'job.failed' });
    assert.equal((await courier.callbacks.replay(caller(), subjectId, 'job.failed')).id, latest);
    const missing = { code: 'NOT_FOUND' };
    await assert.rejects(courier.callbacks.replay(caller(), subjectId, 'job.completed'), missing);
    await assert.rejects(courier.callbacks.replay(caller('bob'), subjectId, 'job.failed'), missing);
    await assert.rejects(courier.callbacks.replay(caller('bob'), subjectId, latest), missing);
    await assert.rejects(courier.callbacks.replay(caller(), randomUUID(), latest), missing);
    await assert.rejects(courier.callbacks.replay(caller(), 'no id', latest), missing);
    assert.deepEqual(await courier.callbacks.list(caller(), 'no id'), []);
  });
});

describe('a check of a URL', () => {
  it('returns it without a fragment, and names the field of one that is refused', async (test) => {
    const { callbacks } = await start(test);
    assert.equal(
      await callbacks.check('https://hooks.example/a#b', 'callback_url', caller()),
      'https://hooks.example/a',
    );
    await assert.rejects(callbacks.check('http://hooks.example/', 'callback_url', caller()), {
      code: 'SOURCE_FORBIDDEN',
      details: { field: 'callback_url' },
    });
  });
});
