import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import type { CallbackRecord } from '#lib/callbacks/record.ts';
import { enqueueCallback } from '#lib/store/callbacks/enqueue.ts';
import { emptyDatabase } from '../../support/empty-database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { type Courier, caller, courierOf } from './support/courier.ts';
import { answer, type Received, silent, startReceiver, statuses } from './support/receiver.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

/** Waits until a callback has ended, and returns its record. */
async function ended({ callbacks }: Courier, subjectId: string, owner = 'ann'): Promise<CallbackRecord> {
  return await eventually(async () => {
    const [record] = await callbacks.list(caller(owner), subjectId);
    assert.ok(record !== undefined && record.ended_at !== null, 'it is pending');
    return record;
  });
}

function verify(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

describe('a delivery', () => {
  it('is a signed POST of the event, which the library of Standard Webhooks verifies', async (test) => {
    await using receiver = await startReceiver();
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    const subjectId = randomUUID();
    courier.work();
    const id = await courier.enqueue({ url: `${receiver.url}?key=1`, subjectId, data: { id: subjectId, bytes: 7 } });
    const record = await ended(courier, subjectId);
    const [received, ...others] = receiver.received;
    assert.deepEqual(others, []);
    assert.ok(received !== undefined);
    const { secret } = await courier.callbacks.secret(caller());
    const message = verify(secret, received) as Record<string, unknown>;
    assert.deepEqual(message, {
      type: 'job.completed',
      timestamp: record.created_at,
      data: { id: subjectId, bytes: 7 },
    });
    assert.deepEqual([received.method, received.path, received.id], ['POST', '/callbacks?key=1', id]);
    assert.equal(received.headers['content-type'], 'application/json');
    assert.partialDeepStrictEqual(record, { id, event: 'job.completed', status: 'delivered', next_attempt_at: null });
    assert.deepEqual(
      record.attempts.map(({ status, reason }) => [status, reason]),
      [[204, null]],
    );
    assert.doesNotMatch(record.url, /key=1/);
    assert.deepEqual(courier.outcomes, ['delivered']);
  });

  it('is made at once when its transaction commits, and never before', async (test) => {
    await using receiver = await startReceiver();
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    // Without the notification, the worker would look after a minute.
    courier.work({ pollMs: 60_000 });
    const first = randomUUID();
    await courier.enqueue({ url: receiver.url, subjectId: first });
    await ended(courier, first);
    const { database } = courier.store;
    const lost = { owner: 'ann', subjectId: randomUUID(), event: 'job.failed', data: {}, url: receiver.url };
    const rolledBack = database.run((db) =>
      db.transaction().execute(async (transaction) => {
        await enqueueCallback(transaction, lost);
        throw new Error('not settled');
      }),
    );
    await assert.rejects(rolledBack, /not settled/);
    const second = randomUUID();
    await courier.enqueue({ url: receiver.url, subjectId: second });
    await ended(courier, second);
    assert.deepEqual(await courier.callbacks.list(caller(), lost.subjectId), []);
    assert.equal(receiver.received.length, 2);
  });

  it('is repeated under the same id with a new time until the receiver is up', async (test) => {
    await using receiver = await startReceiver(statuses(503, 500, 200));
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [300, 1_100] } });
    const id = await courier.enqueue({ url: receiver.url, subjectId });
    const { attempts, status } = await ended(courier, subjectId);
    assert.equal(status, 'delivered');
    assert.deepEqual(
      attempts.map((attempt) => attempt.status),
      [503, 500, 200],
    );
    assert.deepEqual(new Set(receiver.received.map((received) => received.id)), new Set([id]));
    assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
    const { secret } = await courier.callbacks.secret(caller());
    for (const received of receiver.received) verify(secret, received);
    const [first = 0, second = 0, third = 0] = receiver.received.map(({ at }) => at);
    assert.ok(second - first >= 240 && second - first < 1_000, `${second - first} ms`);
    assert.ok(third - second >= 880 && third - second < 2_000, `${third - second} ms`);
    const times = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']));
    assert.ok((times[2] ?? 0) > (times[0] ?? 0));
    assert.deepEqual(courier.outcomes, ['retried', 'retried', 'delivered']);
  });

  it('reaches a receiver that was down, which refused connections', async (test) => {
    let receiver = await startReceiver();
    const { port, url, network } = receiver;
    await receiver[Symbol.asyncDispose]();
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [network] });
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [50, 1_000] } });
    const id = await courier.enqueue({ url, subjectId });
    await eventually(() => assert.deepEqual(courier.outcomes, ['retried', 'retried']));
    receiver = await startReceiver(answer(200), port);
    await using _ = receiver;
    const { attempts } = await ended(courier, subjectId);
    assert.deepEqual(
      attempts.map(({ status, reason }) => status ?? reason),
      ['refused', 'refused', 200],
    );
    assert.deepEqual(
      receiver.received.map((received) => received.id),
      [id],
    );
  });

  it('is given up after the last attempt', async (test) => {
    await using receiver = await startReceiver(answer(500));
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [10, 10, 10] } });
    await courier.enqueue({ url: receiver.url, subjectId });
    const { status, attempts } = await ended(courier, subjectId);
    assert.deepEqual([status, attempts.length, receiver.received.length], ['failed', 4, 4]);
    assert.deepEqual(courier.outcomes, ['retried', 'retried', 'retried', 'failed']);
  });

  it('ends after 410', async (test) => {
    await using receiver = await startReceiver(answer(410));
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    const subjectId = randomUUID();
    courier.work();
    await courier.enqueue({ url: receiver.url, subjectId });
    const { status, attempts } = await ended(courier, subjectId);
    assert.deepEqual([status, attempts.length], ['failed', 1]);
  });

  it('follows no redirect', async (test) => {
    await using target = await startReceiver();
    await using receiver = await startReceiver(answer(307, { location: target.url }));
    const networks = [receiver.network, target.network];
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks });
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [] } });
    await courier.enqueue({ url: receiver.url, subjectId });
    const { status, attempts } = await ended(courier, subjectId);
    assert.deepEqual([status, attempts[0]?.status, target.accepted()], ['failed', 307, 0]);
  });

  it('waits for an answer for a limited time', async (test) => {
    await using receiver = await startReceiver(silent);
    const networks = [receiver.network];
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks, sender: { timeoutMs: 200 } });
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [] } });
    await courier.enqueue({ url: receiver.url, subjectId });
    const { status, attempts } = await ended(courier, subjectId);
    assert.deepEqual([status, attempts[0]?.reason], ['failed', 'timeout']);
    assert.ok((attempts[0]?.ms ?? 0) >= 190 && (attempts[0]?.ms ?? 0) < 1_000, `${attempts[0]?.ms} ms`);
  });

  it('fails with a reason while no key opens its secret', async (test) => {
    await using receiver = await startReceiver();
    const url = await emptyDatabase(postgres.url);
    const courier = courierOf(test, { url, networks: [receiver.network], keys: [] });
    const subjectId = randomUUID();
    courier.work({ schedule: { delaysMs: [] } });
    await courier.enqueue({ url: receiver.url, subjectId });
    const { status, attempts } = await ended(courier, subjectId);
    assert.deepEqual([status, attempts[0]?.reason, receiver.accepted()], ['failed', 'secrets', 0]);
  });

  it('is given up when what is stored cannot be used, and never tried without end', async (test) => {
    await using receiver = await startReceiver();
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    await courier.callbacks.secret(caller());
    const { database } = courier.store;
    const other = await courier.callbacks.secret(caller('bob'));
    assert.match(other.secret, /^whsec_/);
    // The sealed secret of one row does not open in another.
    await database.run((db) =>
      sql`update callback_secrets set sealed = (select sealed from callback_secrets where owner = 'bob')
        where owner = 'ann'`.execute(db),
    );
    const [tampered, odd] = [randomUUID(), randomUUID()];
    courier.work({ schedule: { delaysMs: [10] } });
    await courier.enqueue({ url: receiver.url, subjectId: tampered });
    await courier.enqueue({ url: 'no URL', subjectId: odd, owner: 'bob' });
    const reasons = async (subjectId: string, owner: string) =>
      (await ended(courier, subjectId, owner)).attempts.map(({ reason }) => reason);
    assert.deepEqual(await reasons(tampered, 'ann'), ['secrets', 'secrets']);
    assert.deepEqual(await reasons(odd, 'bob'), ['connection', 'connection']);
    assert.equal(courier.lines.filter(({ level }) => level === 'error').length, 2);
    assert.equal(receiver.accepted(), 0);
  });
});
