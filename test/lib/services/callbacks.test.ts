import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { loadConfig } from '#lib/config.ts';
import { startCallbacks } from '#lib/services/callbacks.ts';
import { createServices } from '#lib/services.ts';
import { enqueueCallback } from '#lib/store/callbacks/enqueue.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { QUIET_LOG } from '../../support/quiet-log.ts';
import { caller } from '../callbacks/support/courier.ts';
import { startReceiver } from '../callbacks/support/receiver.ts';

const SECRETS_KEYS = `test:${Buffer.alloc(32, 7).toString('base64url')}`;

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

function servicesOf(test: TestContext, settings: Readonly<Record<string, string>> = {}) {
  const services = createServices(loadConfig({ LOG_LEVEL: 'silent', ...settings }));
  test.after(() => services.shutDown());
  return services;
}

describe('the callbacks of a process', () => {
  it('are sent by a runner, counted, and no longer sent after its end', async (test) => {
    await using receiver = await startReceiver();
    const settings = { DATABASE_URL: postgres.url, SECRETS_KEYS, CALLBACK_ALLOWED_NETWORKS: receiver.network };
    const api = servicesOf(test, settings);
    const outcomes: string[] = [];
    const runner = startCallbacks({
      config: loadConfig(settings),
      store: api.store ?? assert.fail(),
      log: QUIET_LOG,
      counters: { callbackAttempted: (outcome) => outcomes.push(outcome) },
    });
    const url = await api.callbacks.check(receiver.url, 'callback_url', caller());
    const subjectId = randomUUID();
    const enqueue = () =>
      api.store?.database.run((db) =>
        enqueueCallback(db, { owner: 'ann', subjectId, event: 'job.completed', data: { id: subjectId }, url }),
      );
    await enqueue();
    await eventually(async () => {
      const [record] = await api.callbacks.list(caller(), subjectId);
      assert.equal(record?.status, 'delivered');
    });
    assert.equal(receiver.received.length, 1);
    await eventually(() => assert.deepEqual(outcomes, ['delivered']));
    await runner.stop();
    await enqueue();
    assert.equal((await api.callbacks.list(caller(), subjectId))[0]?.status, 'pending');
    assert.equal(receiver.received.length, 1);
  });

  it('need a database', async (test) => {
    const { callbacks } = servicesOf(test, { SECRETS_KEYS });
    const refused = { code: 'UNAVAILABLE', details: { part: 'store' } };
    await assert.rejects(callbacks.secret(caller()), refused);
    await assert.rejects(callbacks.list(caller(), randomUUID()), refused);
    await assert.rejects(callbacks.replay(caller(), randomUUID(), 'job.completed'), refused);
    await assert.rejects(callbacks.test(caller(), 'https://hooks.example/'), refused);
  });
});
