import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { emptyDatabase } from '../../support/empty-database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { caller, courierOf } from './support/courier.ts';
import { answer, type Receiver, startReceiver } from './support/receiver.ts';

const PROGRAM = fileURLToPath(new URL('fixtures/dying-runner.ts', import.meta.url));

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

function startRunner(mode: 'before' | 'during', url: string, receiver: Receiver) {
  return fork(PROGRAM, [mode, url, receiver.url, receiver.network], { stdio: 'inherit' });
}

describe('a runner that is killed', () => {
  it('between settling and sending leaves a callback that another one sends', async (test) => {
    await using receiver = await startReceiver();
    const url = await emptyDatabase(postgres.url);
    const [, signal] = await once(startRunner('before', url, receiver), 'exit');
    assert.equal(signal, 'SIGKILL');
    assert.equal(receiver.received.length, 0);
    const courier = courierOf(test, { url, networks: [receiver.network] });
    courier.work();
    await eventually(() => assert.deepEqual(courier.outcomes, ['delivered']));
    const { secret } = await courier.callbacks.secret(caller());
    const [received] = receiver.received;
    new Webhook(secret).verify(received?.body ?? '', received?.headers as Record<string, string>);
  });

  it('while it sends leaves a callback that another one sends under the same id', async (test) => {
    let turn = 0;
    await using receiver = await startReceiver((request, response) => {
      turn += 1;
      if (turn > 1) answer(204)(request, response);
    });
    const url = await emptyDatabase(postgres.url);
    const child = startRunner('during', url, receiver);
    await eventually(() => assert.equal(receiver.received.length, 1), { withinMs: 20_000 });
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const courier = courierOf(test, { url, networks: [receiver.network] });
    courier.work();
    await eventually(() => assert.deepEqual(courier.outcomes, ['delivered']));
    const [first, second] = receiver.received;
    assert.equal(first?.id, second?.id);
  });
});
