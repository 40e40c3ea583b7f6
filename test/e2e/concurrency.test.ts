import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { decode, secondsOf } from '../support/audio.ts';
import { activeStreams, call, openTranscode, readAll, send, transcode } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/gate.ts';
import { type Host, startHost } from '../support/host.ts';
import { type HttpSource, neverAnswer, serve, startHttpSource } from '../support/http-source.ts';
import { childrenOf, descriptorsOf, type LeakCheck, watchLeaks } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';

const PLACES = 50;
const FORMATS = ['opus', 'aac', 'pcm'] as const;
const SECONDS = 4;
const PATIENCE_SECONDS = 100;
const PATIENT = { withinMs: 30_000 };
const cleanUp = new AsyncDisposableStack();
let host: Host;
let source: HttpSource;
let leaks: LeakCheck;
let mp3: Buffer;
let m4a: Buffer;
let behave: Parameters<typeof startHttpSource>[0];

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '256k']);
  m4a = await media.make('a.m4a', noise('pink', SECONDS), ['-c:a', 'aac', '-b:a', '192k']);
  source = cleanUp.use(await startHttpSource((request, response) => behave(request, response)));
  host = cleanUp.use(
    await startHost({
      SOURCE_ALLOWED_NETWORKS: source.network,
      MAX_CONCURRENT_STREAMS: PLACES,
      // Each waits for the others, which takes long on a busy machine.
      SOURCE_HEADERS_TIMEOUT_SECONDS: PATIENCE_SECONDS,
      SOURCE_STALL_SECONDS: PATIENCE_SECONDS,
      SOURCE_OPEN_SECONDS: PATIENCE_SECONDS,
      FFMPEG_STALL_SECONDS: PATIENCE_SECONDS,
      FIRST_BYTE_TIMEOUT_SECONDS: PATIENCE_SECONDS,
    }),
  );
  leaks = watchLeaks(host);
});
after(() => cleanUp.disposeAsync());

function fields(index: number) {
  return { source_url: `${source.origin}/${index}`, output_format: FORMATS[index % FORMATS.length] ?? 'opus' };
}

async function allFreed(): Promise<void> {
  await eventually(async () => assert.equal(await activeStreams(host), 0), PATIENT);
  await leaks.assertNone();
  await eventually(async () => assert.equal(await source.connected(), 0), PATIENT);
}

describe(`${PLACES} parallel streams`, () => {
  it('all complete with equal output, one more is OVERLOADED, and nothing is left', { timeout: 120_000 }, async () => {
    behave = serve(mp3);
    const alone = await Promise.all(FORMATS.map((_, index) => transcode(host, fields(index))));
    for (const { body, headers } of alone) {
      if (headers['content-type']?.startsWith('audio/pcm')) continue;
      assert.ok(Math.abs(secondsOf(await decode(body)) - SECONDS) < 0.1);
    }

    const gate = gated(mp3, Math.round(mp3.length * 0.6));
    behave = gate.behave;
    const indexes = Array.from({ length: PLACES }, (_, index) => index);
    const streams = await Promise.all(indexes.map((index) => openTranscode(host, fields(index))));
    assert.equal(await activeStreams(host), PLACES);
    assert.equal(childrenOf(host.pid).filter(({ name }) => name.startsWith('ffmpeg')).length, PLACES);

    const refused = await transcode(host, fields(0));
    assertError(refused, {
      status: 503,
      code: 'OVERLOADED',
      recoverable: true,
      details: { budget: 'places', limit: PLACES, used: PLACES },
    });
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    assert.equal((await call(host, '/health')).status, 200);

    gate.open();
    const answers = await Promise.all(streams.map(readAll));
    for (const [index, { status, complete, body }] of answers.entries()) {
      assert.ok(status === 200 && complete, `stream ${index} was cut`);
      assert.ok(body.equals(alone[index % FORMATS.length]?.body ?? Buffer.alloc(0)), `stream ${index} differs`);
    }
    await allFreed();
  });

  it('a slot can be used again after its stream has ended', async () => {
    behave = serve(mp3);
    assert.ok((await transcode(host, fields(0))).complete);
  });
});

describe(`${3 * PLACES} clients that disconnect`, { timeout: 120_000 }, () => {
  it('midway leave nothing behind', async () => {
    behave = gated(mp3, Math.round(mp3.length * 0.6)).behave;
    const streams = await Promise.all(Array.from({ length: PLACES }, (_, index) => openTranscode(host, fields(index))));
    await Promise.all(streams.map(firstChunk));
    for (const stream of streams) stream.destroy();
    await allFreed();
  });

  it('before the response leave nothing behind', async () => {
    behave = neverAnswer;
    const before = source.requests.length;
    const calls = Array.from({ length: PLACES }, (_, index) => send(host, '/transcode', { body: fields(index) }));
    await eventually(() => assert.equal(source.requests.length - before, PLACES), PATIENT);
    for (const call of calls) call.destroy();
    await allFreed();
  });

  it('while their source is spooled leave no file behind', async () => {
    const gate = gated(m4a, Math.round(m4a.length / 2));
    behave = gate.behave;
    const calls = Array.from({ length: PLACES }, (_, index) => send(host, '/transcode', { body: fields(index) }));
    await eventually(() => assert.equal(gate.waiting(), PLACES), PATIENT);
    await eventually(() => assert.equal(spooledFiles(), PLACES), PATIENT);
    for (const call of calls) call.destroy();
    await allFreed();
    assert.equal(spooledFiles(), 0);
  });

  it('are logged and counted as cancelled, not as defects', async () => {
    const { body } = await call(host, '/metrics');
    const cancelled = [...body.toString().matchAll(/^transcode_requests_total\{.*status="cancelled".*\} (\d+)$/gm)];
    assert.equal(
      cancelled.reduce((sum, [, count]) => sum + Number(count), 0),
      3 * PLACES,
    );
    assert.equal(host.log().filter(({ outcome }) => outcome === 'cancelled').length, 3 * PLACES);
    const [defect, ...more] = host.log().filter(({ level }) => level === 'error');
    assert.equal(defect, undefined, `${more.length + 1} defects were logged`);
  });
});

async function firstChunk(response: IncomingMessage): Promise<void> {
  await once(response, 'readable');
  assert.ok(response.read() !== null);
}

/** Spooled files are unlinked, so only the descriptors show them. */
function spooledFiles(): number {
  return descriptorsOf(host.pid).filter((target) => target.startsWith(host.spoolDirectory)).length;
}
