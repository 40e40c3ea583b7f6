import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, before, it } from 'node:test';
import { openDatabase } from '#lib/store/database.ts';
import { openNotifications } from '#lib/store/notifications.ts';
import { eventually } from '../../support/eventually.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';

let postgres: Postgres;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

function open({ url = postgres.url, probeMs = 10_000, connectTimeoutMs = 1_000 } = {}) {
  const database = openDatabase({
    url: postgres.url,
    maxConnections: 2,
    connectTimeoutMs: 1_000,
    queryTimeoutMs: 1_000,
  });
  const notifications = openNotifications({ url, connectTimeoutMs, database, probeMs });
  return {
    ...notifications,
    async [Symbol.asyncDispose]() {
      await notifications.close();
      await database.close();
    },
  };
}

/** Collects the arguments of a handler. */
function collect() {
  const calls: (string | undefined)[] = [];
  return { calls, handler: (payload: string | undefined) => void calls.push(payload) };
}

function became<T>(calls: readonly T[], expected: readonly T[], withinMs = 5_000): Promise<void> {
  return eventually(() => assert.deepEqual(calls, expected), { withinMs });
}

it('a notification reaches all listeners on its channel, and no others', async () => {
  await using speaker = open();
  await using listener = open();
  const [a, b, other] = [collect(), collect(), collect()];
  listener.listen('a', a.handler);
  await became(a.calls, [undefined]);
  listener.listen('a b "quoted"', other.handler);
  speaker.listen('a', b.handler);
  await Promise.all([became(other.calls, [undefined]), became(b.calls, [undefined])]);
  const payload = 'ä'.repeat(3_900);
  await speaker.notify('a', payload);
  await Promise.all([became(a.calls, [undefined, payload]), became(b.calls, [undefined, payload])]);
  await speaker.notify('a b "quoted"', '');
  await became(other.calls, [undefined, '']);
  assert.equal(a.calls.length, 2);
});

it('a listener that stopped gets no more notifications, and the others do', async () => {
  await using service = open();
  const [stays, leaves] = [collect(), collect()];
  service.listen('x', stays.handler);
  const stop = service.listen('x', leaves.handler);
  await eventually(() => assert.ok(leaves.calls.length > 0));
  stop();
  const before = leaves.calls.length;
  await service.notify('x', 'after');
  await eventually(() => assert.equal(stays.calls.at(-1), 'after'));
  assert.equal(leaves.calls.length, before);
});

it('a channel can be listened to again right after its last listener stopped', async () => {
  await using service = open();
  const [first, second] = [collect(), collect()];
  const stop = service.listen('y', first.handler);
  await became(first.calls, [undefined]);
  stop();
  service.listen('y', second.handler);
  await became(second.calls, [undefined]);
  await service.notify('y', 'heard');
  await became(second.calls, [undefined, 'heard']);
});

it('listeners are restored and notified after the server was killed', async () => {
  await using service = open();
  const heard = collect();
  service.listen('z', heard.handler);
  await became(heard.calls, [undefined]);
  await postgres.kill();
  await assert.rejects(service.notify('z', 'lost'), { code: 'UNAVAILABLE' });
  await postgres.start();
  await became(heard.calls, [undefined, undefined]);
  await service.notify('z', 'again');
  await became(heard.calls, [undefined, undefined, 'again']);
});

it('listening starts when the server becomes available later', async () => {
  await postgres.kill();
  await using service = open();
  const heard = collect();
  service.listen('late', heard.handler);
  await assert.rejects(service.notify('late', 'lost'), { code: 'UNAVAILABLE' });
  await postgres.start();
  await became(heard.calls, [undefined]);
});

it('a connection that died silently is detected and reopened', async () => {
  await using line = await createLine();
  await using service = open({ url: line.url, probeMs: 100, connectTimeoutMs: 300 });
  const heard = collect();
  service.listen('line', heard.handler);
  await became(heard.calls, [undefined]);
  line.goSilent();
  await became(heard.calls, [undefined, undefined]);
  await service.notify('line', 'again');
  await became(heard.calls, [undefined, undefined, 'again']);
});

it('notifications can be closed while the server is frozen', async () => {
  const service = open();
  const heard = collect();
  service.listen('frozen', heard.handler);
  await became(heard.calls, [undefined]);
  postgres.freeze();
  const startedAt = performance.now();
  await service.close();
  assert.ok(performance.now() - startedAt < 4_000);
  postgres.thaw();
  await service[Symbol.asyncDispose]();
});

/** A proxy to the server that can silently drop data. */
async function createLine() {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const { hostname, port } = new URL(postgres.url);
    const far = connect(Number(port), hostname);
    pairs.add([near, far]);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => undefined).pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(postgres.url);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    goSilent() {
      for (const socket of [...pairs].flat()) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of [...pairs].flat()) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
