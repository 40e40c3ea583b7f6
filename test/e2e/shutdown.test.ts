import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { activeStreams, call, openTranscode, readAll, send, transcode } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/gate.ts';
import { startHost } from '../support/host.ts';
import { fallSilent, neverAnswer, serve, startHttpSource } from '../support/http-source.ts';
import { childrenOf, gone } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';

const cleanUp = new AsyncDisposableStack();
let mp3: Buffer;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 10), ['-c:a', 'libmp3lame', '-b:a', '192k']);
});
after(() => cleanUp.disposeAsync());

describe('SIGTERM', { concurrency: 2 }, () => {
  it('lets a running stream finish, refuses new ones, and the host exits with 0', async () => {
    const gate = gated(mp3, Math.round(mp3.length / 2));
    await using source = await startHttpSource(gate.behave);
    await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, SHUTDOWN_GRACE_SECONDS: 30 });
    const fields = { source_url: source.origin, output_format: 'opus' };
    const stream = await openTranscode(host, fields);
    const children = childrenOf(host.pid).map(({ pid }) => pid);
    assert.equal(children.length, 1);
    host.terminate();
    await eventually(async () => assert.equal((await call(host, '/health')).status, 503));
    const refused = await transcode(host, fields);
    assertError(refused, {
      status: 503,
      code: 'UNAVAILABLE',
      recoverable: true,
      details: { reason: 'shutting_down' },
    });
    assert.equal((await call(host, '/health/ready')).status, 503);
    assert.equal((await call(host, '/health/live')).status, 200);
    gate.open();
    const { complete, body } = await readAll(stream);
    assert.ok(complete, 'the stream was cut');
    assert.ok(body.length > 50_000);
    assert.deepEqual(await host.exited, { code: 0, signal: null });
    await gone(children, 1_000);
  });

  it('cuts a stream that is longer than the grace period, and the host exits with 0', async () => {
    await using source = await startHttpSource(fallSilent(mp3.subarray(0, 100_000)));
    await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, SHUTDOWN_GRACE_SECONDS: 1 });
    const stream = await openTranscode(host, { source_url: source.origin, output_format: 'opus' });
    const children = childrenOf(host.pid).map(({ pid }) => pid);
    const startedAt = performance.now();
    host.terminate();
    const { complete } = await readAll(stream);
    assert.equal(complete, false);
    assert.deepEqual(await host.exited, { code: 0, signal: null });
    const seconds = (performance.now() - startedAt) / 1_000;
    assert.ok(seconds >= 0.9 && seconds < 12, `it took ${seconds} s`);
    await gone(children, 1_000);
    const [end] = host.log().filter(({ msg }) => msg === 'transcode');
    assert.deepEqual([end?.['outcome'], end?.['code']], ['failed', 'UNAVAILABLE']);
  });

  it('does not wait for a reader that has stopped reading', async () => {
    await using source = await startHttpSource(serve(Buffer.concat(Array(40).fill(mp3))));
    await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, SHUTDOWN_GRACE_SECONDS: 0.5 });
    const stream = await openTranscode(host, { source_url: source.origin, output_format: 'pcm' });
    const startedAt = performance.now();
    host.terminate();
    assert.deepEqual(await host.exited, { code: 0, signal: null });
    assert.ok(performance.now() - startedAt < 20_000);
    assert.equal((await readAll(stream)).complete, false);
    const [end] = host.log().filter(({ msg }) => msg === 'transcode');
    assert.equal(end?.['outcome'], 'failed', 'the log has no line about its end');
  });

  it('does not wait for a client that has disconnected before the first byte', async () => {
    await using source = await startHttpSource(neverAnswer);
    await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, SHUTDOWN_GRACE_SECONDS: 30 });
    const leaving = send(host, '/transcode', { body: { source_url: source.origin, output_format: 'opus' } });
    await eventually(() => assert.equal(source.requests.length, 1));
    leaving.destroy();
    await eventually(() => assert.ok(host.log().some(({ msg }) => msg === 'transcode')));
    const startedAt = performance.now();
    host.terminate();
    assert.deepEqual(await host.exited, { code: 0, signal: null });
    assert.ok(performance.now() - startedAt < 10_000);
  });

  it('stops an idle host quickly, also with an idle connection', async () => {
    await using host = await startHost({ SHUTDOWN_GRACE_SECONDS: 30 });
    await (await fetch(`${host.url}/health`)).arrayBuffer();
    const startedAt = performance.now();
    host.terminate();
    assert.deepEqual(await host.exited, { code: 0, signal: null });
    assert.ok(performance.now() - startedAt < 10_000);
  });
});

describe('A host that is killed', () => {
  it('leaves no ffmpeg behind, whether it is busy, waits for its source or for its reader', async () => {
    await using source = await startHttpSource((request, response) => {
      const content = Buffer.concat(Array(40).fill(mp3));
      (request.url === '/silent' ? fallSilent(mp3.subarray(0, 100_000)) : serve(content))(request, response);
    });
    await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network });
    const streams = await Promise.all(
      ['/silent', '/busy', '/held'].map((path) =>
        openTranscode(host, { source_url: source.origin + path, output_format: 'opus' }),
      ),
    );
    streams[1]?.resume();
    assert.equal(await activeStreams(host), 3);
    const children = childrenOf(host.pid).map(({ pid }) => pid);
    assert.equal(children.length, 3);
    const [stopped = 0] = children;
    process.kill(stopped, 'SIGSTOP');
    host.kill();
    await gone(children, 2_000);
    assert.equal((await host.exited).signal, 'SIGKILL');
    for (const stream of streams) {
      // What has arrived and is not read would keep a stream open.
      stream.resume();
      if (!stream.closed) await once(stream, 'close').catch(() => undefined);
    }
    assert.ok(streams.every(({ complete }) => !complete));
  });
});
