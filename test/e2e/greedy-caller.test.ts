import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { getPriority } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { v7 } from 'uuid';
import { activeStreams, call, type Fields, open, readAll, send } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { serve, startHttpSource } from '../support/http-source.ts';
import { claims, JWT_SECRET, tokenOf } from '../support/jwt.ts';
import { childrenOf } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { startPostgres } from '../support/postgres.ts';
import { query } from '../support/query.ts';

const PLACES = 6;
const RESERVED = 4;
const EVENT_STREAMS = { all: 20, each: 5 };
const OPEN_SECONDS = 8;

const cleanUp = new AsyncDisposableStack();
let host: Host;
let origin: string;
let databaseUrl: string;
let m4a: Buffer;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 6), ['-c:a', 'libmp3lame', '-b:a', '128k']);
  const hours = await media.make('silence.flac', { lavfi: 'anullsrc=r=48000:cl=stereo:d=3600' });
  m4a = await media.make('a.m4a', noise('pink', 20), ['-c:a', 'aac', '-b:a', '192k']);
  const sources: Readonly<Record<string, RequestListener>> = {
    '/music': serve(mp3),
    '/hours': serve(hours),
    '/index-last': serve(m4a),
    '/missing': (_, response) => response.writeHead(404).end(),
    '/dribble': (_, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg' });
      const timer = setInterval(() => response.write(Buffer.alloc(600)), 1_000);
      response.once('close', () => clearInterval(timer));
    },
  };
  const source = cleanUp.use(
    await startHttpSource((request, response) => sources[request.url?.split('?')[0] ?? '']?.(request, response)),
  );
  origin = source.origin;
  const postgres = await startPostgres();
  cleanUp.defer(() => postgres.stop());
  databaseUrl = postgres.url;
  host = cleanUp.use(
    await startHost({
      SOURCE_ALLOWED_NETWORKS: source.network,
      DATABASE_URL: databaseUrl,
      JWT_SECRET,
      MAX_CONCURRENT_STREAMS: PLACES,
      RESERVED_STREAMS: RESERVED,
      MAX_EVENT_STREAMS: EVENT_STREAMS.all,
      MAX_EVENT_STREAMS_PER_CALLER: EVENT_STREAMS.each,
      SOURCE_OPEN_SECONDS: OPEN_SECONDS,
      LOG_LEVEL: 'error',
    }),
  );
});
after(() => cleanUp.disposeAsync());

type Credentials = { readonly headers: { readonly authorization: string } };

async function as(sub: string): Promise<Credentials> {
  return {
    headers: { authorization: `Bearer ${await tokenOf(claims({ sub, exp: Math.floor(Date.now() / 1_000) + 3_600 }))}` },
  };
}

const fields = (path: string, more: Fields = {}): Fields => ({
  source_url: `${origin}${path}?${randomUUID()}`,
  output_format: 'pcm',
  ...more,
});

const usageOf = async (caller: Credentials) => (await call(host, '/api/usage', caller)).json();

describe('a caller that takes all it can', { timeout: 240_000 }, () => {
  it('holds all places alone, and no other caller is refused', async () => {
    const [greedy, modest] = [await as('greedy'), await as('modest')];
    const taken = Array.from({ length: PLACES }, () =>
      send(host, '/transcode', { ...greedy, body: fields('/dribble') }).on('error', () => undefined),
    );
    await eventually(async () => assert.equal((await usageOf(greedy)).places.used, PLACES));
    assertError(await call(host, '/transcode', { ...greedy, body: fields('/music') }), {
      status: 503,
      code: 'OVERLOADED',
      details: { budget: 'places', limit: PLACES, used: PLACES },
    });
    for (let asked = 0; asked < 3; asked += 1) {
      const answer = await call(host, '/transcode', { ...modest, body: fields('/music') });
      assert.ok(answer.status === 200 && answer.complete, `${answer.status}`);
    }
    // They do not hold their places for minutes.
    await eventually(async () => assert.equal((await usageOf(greedy)).places.used, 0), { withinMs: 60_000 });
    for (const request of taken) request.destroy();
  });

  it('leaves no rows of sources that cannot be opened', async () => {
    const caller = await as('rows');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call(host, '/transcode', { ...caller, body: fields('/missing') })),
    );
    for (const { status } of answers) assert.equal(status, 502);
    const played = await call(host, '/transcode', { ...caller, body: fields('/music') });
    assert.ok(played.complete);
    await eventually(async () => {
      const rows = await query(databaseUrl, "select state from transcodes where owner = 'rows'");
      assert.deepEqual(rows, [{ state: 'completed' }]);
    });
    assert.equal((await usageOf(caller)).records_per_day.used, 1);
    const { items } = (await call(host, '/transcodes?state=failed', caller)).json();
    assert.equal(items.length, 5, 'this process knows them');
  });

  it('may follow only some events, whatever it asks for', async () => {
    const [greedy, modest] = [await as('listener'), await as('other listener')];
    const follow = async (caller: Credentials) => {
      const playing = await open(host, '/transcode', { ...caller, body: fields('/hours', { live: true }) });
      const path = `/transcodes/${playing.headers['x-transcode-id']}/events`;
      return { playing, listen: () => open(host, path, caller) };
    };
    const [one, other] = [await follow(greedy), await follow(modest)];
    const listening = await Promise.all(Array.from({ length: EVENT_STREAMS.each }, one.listen));
    for (const { statusCode } of listening) assert.equal(statusCode, 200);
    assertError(await readAll(await one.listen()), {
      status: 429,
      code: 'RATE_LIMITED',
      details: { budget: 'event_streams', limit: EVENT_STREAMS.each, used: EVENT_STREAMS.each },
    });
    const heard = await other.listen();
    assert.equal(heard.statusCode, 200);
    for (const response of [...listening, heard, one.playing, other.playing]) response.destroy();
    await eventually(async () => assert.equal((await usageOf(greedy)).event_streams.used, 0));
  });

  it('gets its CPU time after live streams, and all of it is counted', async () => {
    const [greedy, modest] = [await as('encoder'), await as('radio')];
    const heavy = { filters: { pitch: 3, equalizer: [1, 2, 3, 4, 5, 6, 5, 4, 3, 2] }, duration: 20 };
    const live = await open(host, '/transcode', { ...modest, body: fields('/hours', { live: true }) });
    const encodes = await Promise.all(
      [1, 2].map(() => open(host, '/transcode', { ...greedy, body: fields('/hours', heavy) })),
    );
    for (const response of [live, ...encodes]) await once(response, 'readable');
    const ffmpegs = childrenOf(host.pid).filter(({ name }) => name.startsWith('ffmpeg'));
    const own = getPriority(host.pid);
    const [first, ...later] = ffmpegs.map(({ pid }) => getPriority(pid) - own).toSorted((a, b) => a - b);
    // The caller with two of three transcodes waits for all others.
    assert.deepEqual([first, later.at(-1)], [2, 15]);
    assert.ok(later.length === 2 && later.every((niceness) => niceness >= 5), `${later}`);
    live.destroy();
    await Promise.all(encodes.map(readAll));
    await eventually(async () => assert.ok((await usageOf(greedy)).cpu_seconds_per_hour.used > 0.2));
    assert.ok((await usageOf(modest)).cpu_seconds_per_hour.used < 5);
  });

  it('is slower with everything at once, but a live stream of another caller is whole', async () => {
    const [greedy, modest] = [await as('everything'), await as('listener of music')];
    const statuses: number[] = [];
    let isOver = false;
    const ask = async (path: string, body?: Fields) => {
      const options = body === undefined ? greedy : { ...greedy, body };
      while (!isOver) statuses.push((await call(host, path, options).catch(() => ({ status: 0 }))).status);
    };
    const nearFuture = () => `/transcodes/${v7({ msecs: Date.now() + 400 })}`;
    const busy = [
      ...[1, 2, 3, 4].map(() => ask('/transcode', fields('/missing'))),
      ...[1, 2].map(() => ask('/transcode', fields('/index-last'))),
      ...[1, 2, 3, 4, 5].map(() => ask(nearFuture())),
      ask('/transcode', fields('/hours', { duration: 40, filters: { pitch: 2 } })),
    ];
    try {
      const music = await open(host, '/transcode', { ...modest, body: fields('/music', { live: true }) });
      const heard = readAll(music);
      for (let asked = 0; asked < 3; asked += 1) {
        const answer = await call(host, '/transcode', { ...modest, body: fields('/music') });
        assert.ok(answer.status === 200 && answer.complete, `${answer.status} ${answer.body.subarray(0, 500)}`);
      }
      const { status, complete, body } = await heard;
      assert.ok(status === 200 && complete, 'the live stream is not whole');
      // Silence of the encoder at either end aside, 6 seconds of 48 kHz stereo.
      assert.ok(Math.abs(body.length / (48_000 * 4) - 6) < 0.2, `${body.length} bytes`);
    } finally {
      isOver = true;
      await Promise.all(busy);
    }
    assert.ok(statuses.length > 10);
    assert.ok(
      statuses.every((status) => status !== 500 && status !== 0),
      `${statuses}`,
    );
    await eventually(async () => assert.equal(await activeStreams(host), 0));
    const { places, spool_bytes } = await usageOf(greedy);
    assert.deepEqual([places.used, spool_bytes.used], [0, 0]);
  });
});
