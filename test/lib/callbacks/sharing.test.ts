import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { emptyDatabase } from '../../support/empty-database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { courierOf } from './support/courier.ts';
import { answer, silent, startReceiver, statuses } from './support/receiver.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

describe('workers', () => {
  it('do not let the slow receiver of one owner delay another owner', async (test) => {
    await using slow = await startReceiver(silent);
    await using quick = await startReceiver();
    const networks = [slow.network, quick.network];
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks });
    for (let count = 0; count < 30; count += 1) await courier.enqueue({ owner: 'ann', url: slow.url });
    // Only as many places as the attempts of two owners take.
    courier.work({ slots: 8, perOwner: 4 });
    await eventually(() => assert.equal(slow.received.length, 4));
    const startedAt = performance.now();
    for (let count = 0; count < 10; count += 1) await courier.enqueue({ owner: 'bob', url: quick.url });
    await eventually(() => assert.equal(quick.received.length, 10));
    assert.ok(performance.now() - startedAt < 2_000);
    assert.equal(slow.received.length, 4);
  });

  it('keep a place for others while several owners have slow receivers', async (test) => {
    await using slow = await startReceiver(silent);
    await using quick = await startReceiver();
    const networks = [slow.network, quick.network];
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks });
    for (const owner of ['ann', 'eve', 'joe']) {
      for (let count = 0; count < 8; count += 1) await courier.enqueue({ owner, url: slow.url });
    }
    courier.work({ slots: 8, perOwner: 4 });
    await eventually(() => assert.ok(slow.received.length >= 3));
    await courier.enqueue({ owner: 'bob', url: quick.url });
    await eventually(() => assert.equal(quick.received.length, 1));
  });

  it('send each callback once, though several of them run', async (test) => {
    await using receiver = await startReceiver();
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    for (let count = 0; count < 3; count += 1) courier.work();
    const ids: string[] = [];
    for (let count = 0; count < 40; count += 1) {
      ids.push(await courier.enqueue({ owner: `owner ${count % 10}`, url: receiver.url }));
    }
    await eventually(() => assert.equal(courier.outcomes.length, 40));
    assert.deepEqual(receiver.received.map(({ id }) => id).toSorted(), ids.toSorted());
  });

  it('spare a host that fails, and return to it when it is up', async (test) => {
    await using receiver = await startReceiver(statuses(500, 500, 500, 204));
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    for (let count = 0; count < 12; count += 1) await courier.enqueue({ url: receiver.url });
    courier.work({ perOwner: 1, breaking: { threshold: 3, pauseMs: 400 }, schedule: { delaysMs: [2_000] } });
    await eventually(() => assert.ok(courier.outcomes.filter((outcome) => outcome === 'postponed').length >= 9));
    // The attempts of the breaker's pause were never made.
    assert.equal(receiver.received.length, 3);
    await eventually(() => assert.equal(courier.outcomes.filter((outcome) => outcome === 'delivered').length, 12));
    assert.equal(receiver.received.length, 15);
  });

  it('give back what they have begun when they stop, for another one', async (test) => {
    let turn = 0;
    await using receiver = await startReceiver((request, response) => {
      turn += 1;
      if (turn > 1) answer(204)(request, response);
    });
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    const first = courier.work();
    const id = await courier.enqueue({ url: receiver.url });
    await eventually(() => assert.equal(receiver.received.length, 1));
    const startedAt = performance.now();
    await first.stop(50);
    assert.ok(performance.now() - startedAt < 1_000);
    courier.work();
    await eventually(() => assert.deepEqual(courier.outcomes, ['delivered']));
    assert.deepEqual(
      receiver.received.map((received) => received.id),
      [id, id],
    );
  });

  it('let attempts end when they stop', async (test) => {
    await using receiver = await startReceiver((_, response) => void setTimeout(() => response.end(), 300));
    const courier = courierOf(test, { url: await emptyDatabase(postgres.url), networks: [receiver.network] });
    const worker = courier.work();
    await courier.enqueue({ url: receiver.url });
    await eventually(() => assert.equal(receiver.received.length, 1));
    await worker.stop();
    assert.deepEqual(courier.outcomes, ['delivered']);
  });

  it('stop within their time though the database is down', async (test) => {
    await using own = await startPostgres();
    await using receiver = await startReceiver((_, response) => void setTimeout(() => response.end(), 300));
    const courier = courierOf(test, { url: own.url, networks: [receiver.network] });
    const worker = courier.work();
    await courier.enqueue({ url: receiver.url });
    await eventually(() => assert.equal(receiver.received.length, 1));
    await own.kill();
    const startedAt = performance.now();
    await worker.stop(1_000);
    assert.ok(performance.now() - startedAt < 8_000);
    assert.deepEqual(courier.outcomes, []);
  });

  it('go on after the database was down, and do not repeat what they have sent', async (test) => {
    await using own = await startPostgres();
    await using receiver = await startReceiver((_, response) => void setTimeout(() => response.end(), 500));
    const courier = courierOf(test, { url: own.url, networks: [receiver.network] });
    courier.work({ pollMs: 200 });
    await courier.enqueue({ url: receiver.url });
    await eventually(() => assert.equal(receiver.received.length, 1));
    await own.kill();
    await own.start();
    await eventually(() => assert.deepEqual(courier.outcomes, ['delivered']), { withinMs: 15_000 });
    await courier.enqueue({ url: receiver.url });
    await eventually(() => assert.deepEqual(courier.outcomes, ['delivered', 'delivered']), { withinMs: 15_000 });
    assert.equal(receiver.received.length, 2);
  });
});
