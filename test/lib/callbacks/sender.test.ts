import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createSender, type SenderOptions } from '#lib/callbacks/sender.ts';
import { createResolver, type Resolve } from '#lib/sources/connection/resolver.ts';
import { startNameServer } from '../../support/name-server.ts';
import { answer, startReceiver } from './support/receiver.ts';

const to =
  (...addresses: readonly string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: 4 }));

function senderOf(test: TestContext, options: Partial<SenderOptions> = {}) {
  const resolve = createResolver({ servers: [] });
  const sender = createSender({ allowedNetworks: [], deniedNetworks: [], resolve, ...options });
  test.after(() => sender.close());
  return (url: string, signal = new AbortController().signal) =>
    sender.send({ url, headers: { 'webhook-id': '1' }, body: '{}', owner: 'ann', signal });
}

const FORBIDDEN = { kind: 'failure', reason: 'forbidden' };

describe('sending', () => {
  it('refuses the addresses of this machine and of private networks, without a connection', async (test) => {
    await using receiver = await startReceiver();
    const send = senderOf(test);
    for (const url of [
      receiver.url,
      receiver.url.replace('http:', 'https:'),
      `http://localhost:${receiver.port}/`,
      `https://[::ffff:127.0.0.1]:${receiver.port}/`,
      `http://2130706433:${receiver.port}/`,
      'https://169.254.169.254/',
      'https://10.0.0.1/',
      'http://1.1.1.1/',
      'http://1.1.1.1:443/',
      'https://1.1.1.1:8443/',
    ]) {
      assert.deepEqual(await send(url), FORBIDDEN, url);
    }
    assert.equal(receiver.accepted(), 0);
  });

  it('allows a listed network on its port, by http as well', async (test) => {
    await using receiver = await startReceiver();
    await using other = await startReceiver();
    const send = senderOf(test, { allowedNetworks: [receiver.network] });
    assert.deepEqual(await send(receiver.url), { kind: 'response', status: 204 });
    assert.deepEqual(await send(other.url), FORBIDDEN);
    const denied = senderOf(test, { allowedNetworks: [receiver.network], deniedNetworks: ['127.0.0.0/8'] });
    assert.deepEqual(await denied(receiver.url), FORBIDDEN);
  });

  it('checks the address that it connects to, so that a name cannot be rebound', async (test) => {
    await using receiver = await startReceiver();
    const url = `http://hooks.example:${receiver.port}/`;
    const allowedNetworks = ['127.0.0.2'];
    let lookups = 0;
    const rebinding: Resolve = async () => {
      lookups += 1;
      return [{ address: lookups === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }];
    };
    const send = senderOf(test, { allowedNetworks, resolve: rebinding });
    // The first lookup counts for the check and the connection, to an address without a server.
    assert.deepEqual(await send(url), { kind: 'failure', reason: 'refused' });
    assert.equal(lookups, 1);
    assert.deepEqual(await send(url), FORBIDDEN);
    const mixed = senderOf(test, { allowedNetworks, resolve: to('127.0.0.2', '127.0.0.1') });
    assert.deepEqual(await mixed(url), FORBIDDEN);
    assert.equal(receiver.accepted(), 0);
  });

  it('refuses a public name that a name server points to this machine', async (test) => {
    await using server = await startNameServer({ 'hooks.example': { addresses: ['127.0.0.1'] } });
    const send = senderOf(test, { resolve: createResolver({ servers: [server.server] }) });
    assert.deepEqual(await send('https://hooks.example/'), FORBIDDEN);
    assert.deepEqual(server.queries.toSorted(), ['hooks.example A', 'hooks.example AAAA']);
  });

  it('reads at most the start of an answer, and reports its status alone', async (test) => {
    let sentBytes = 0;
    await using receiver = await startReceiver((_, response) => {
      const block = Buffer.alloc(16_384);
      const push = (): void => {
        while (!response.destroyed && response.write(block)) sentBytes += block.length;
      };
      response.on('drain', push);
      push();
    });
    const send = senderOf(test, { allowedNetworks: [receiver.network] });
    const startedAt = performance.now();
    assert.deepEqual(await send(receiver.url), { kind: 'response', status: 200 });
    assert.ok(performance.now() - startedAt < 2_000);
    // What the sockets of both sides hold is sent as well.
    assert.ok(sentBytes < 8_000_000, `${sentBytes} bytes`);
  });

  it('counts an answer whose body never ends', async (test) => {
    await using receiver = await startReceiver((_, response) => void response.write('never ends'));
    const send = senderOf(test, { allowedNetworks: [receiver.network], timeoutMs: 200 });
    assert.deepEqual(await send(receiver.url), { kind: 'response', status: 200 });
  });

  it('reports an answer that is no HTTP, and a connection that is cut', async (test) => {
    await using cut = await startReceiver((request) => void request.socket.resetAndDestroy());
    await using odd = await startReceiver((request) => void request.socket.end('hello\r\n\r\n'));
    const send = senderOf(test, { allowedNetworks: [cut.network, odd.network] });
    assert.deepEqual(await send(cut.url), { kind: 'failure', reason: 'reset' });
    assert.deepEqual(await send(odd.url), { kind: 'failure', reason: 'connection' });
  });

  it('ends with its signal', async (test) => {
    await using receiver = await startReceiver(() => undefined);
    const send = senderOf(test, { allowedNetworks: [receiver.network] });
    const stopping = new AbortController();
    const sent = send(receiver.url, stopping.signal);
    stopping.abort(new Error('stopping'));
    await assert.rejects(sent, /stopping/);
  });

  it('keeps no connection open', async (test) => {
    await using receiver = await startReceiver(answer(204));
    const send = senderOf(test, { allowedNetworks: [receiver.network] });
    await send(receiver.url);
    await send(receiver.url);
    assert.equal(receiver.accepted(), 2);
    assert.equal(receiver.received[0]?.headers.connection, 'close');
  });
});
