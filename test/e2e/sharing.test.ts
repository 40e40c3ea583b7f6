import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import {
  type Answer,
  activeStreams,
  call,
  type Fields,
  open,
  openTranscode,
  readAll,
  transcode,
} from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/gate.ts';
import { type Host, startHost } from '../support/host.ts';
import { serve, startHttpSource } from '../support/http-source.ts';
import { claims, JWT_SECRET, tokenOf } from '../support/jwt.ts';
import { descriptorsOf } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';

const STATUS = {
  bypass: 'ffmpeg-functions; fwd=bypass',
  stored: 'ffmpeg-functions; fwd=miss; stored',
  collapsed: 'ffmpeg-functions; fwd=miss; collapsed',
  hit: 'ffmpeg-functions; hit',
} as const;
const TAGGED = { etag: '"1"' };
/** Long enough that the PCM of a source does not fit into the buffers on its way. */
const SECONDS = 30;

const cleanUp = new AsyncDisposableStack();
let mp3: Buffer;
let short: Buffer;
let other: Buffer;
let m4a: Buffer;
let host: Host;
/** The handler of each path. */
const sources = new Map<string, RequestListener>();
let origin: string;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '128k']);
  other = await media.make('b.mp3', noise('white', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '128k']);
  short = await media.make('short.mp3', noise('pink', 8), ['-c:a', 'libmp3lame', '-b:a', '128k']);
  m4a = await media.make('c.m4a', noise('pink', 10), ['-c:a', 'aac']);
  const source = cleanUp.use(
    await startHttpSource((request, response) => sources.get(request.url ?? '')?.(request, response)),
  );
  origin = source.origin;
  host = cleanUp.use(await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, LOG_LEVEL: 'silent' }));
});
after(() => cleanUp.disposeAsync());

let named = 0;

/** A source with its own path. */
function sourceOf(behave: RequestListener): { readonly source_url: string; change(to: RequestListener): void } {
  named += 1;
  const path = `/${named}`;
  sources.set(path, behave);
  return { source_url: origin + path, change: (to) => sources.set(path, to) };
}

/** A source that sends the second half of `content` once it is opened. */
function heldSource(content: Buffer): { readonly source_url: string; open(): void } {
  const { behave, open: openGate } = gated(content, Math.round(content.length / 2));
  const { source_url } = sourceOf((request, response) => {
    behave(request, response.setHeaders(new Map(Object.entries(TAGGED))));
  });
  return { source_url, open: openGate };
}

/** The number of ffmpeg processes that have ended. */
async function ffmpegsEnded(): Promise<number> {
  const { body } = await call(host, '/metrics');
  const lines = body.toString().matchAll(/^ffmpeg_exits_total\{.*\} (\d+)$/gm);
  return Array.from(lines, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
}

const statusOf = ({ headers }: Pick<IncomingMessage, 'headers'>): unknown => headers['cache-status'];
const recordOf = async ({ headers }: Pick<IncomingMessage, 'headers'>) =>
  (await call(host, `/transcodes/${headers['x-transcode-id']}`)).json();

/** The response to the same request from a host that shares nothing. */
async function fresh(content: Buffer, fields: Fields): Promise<Buffer> {
  const { source_url } = sourceOf(serve(content));
  const answer = await transcode(host, { ...fields, source_url });
  assert.equal(statusOf(answer), STATUS.bypass);
  return answer.body;
}

describe('identical requests', () => {
  for (const fields of [
    { output_format: 'opus' },
    { output_format: 'aac' },
    { output_format: 'pcm', filters: { speed: 1.25, volume: 0.8 } },
  ]) {
    it(`share one ffmpeg, and each receives all of it: ${fields.output_format}`, async () => {
      const { source_url, open: openSource } = heldSource(short);
      const whole = await fresh(short, fields);
      const before = await ffmpegsEnded();
      const streams = await Promise.all(
        Array.from({ length: 10 }, () => openTranscode(host, { source_url, ...fields })),
      );
      openSource();
      const answers = await Promise.all(streams.map(readAll));
      for (const { body, complete, headers } of answers) {
        assert.ok(complete);
        assert.ok(body.equals(whole));
        assert.equal(headers['x-source-format'], 'mp3/mp3');
      }
      assert.deepEqual(
        answers.map(statusOf).toSorted(),
        [...Array(9).fill(STATUS.collapsed), STATUS.stored].toSorted(),
      );
      assert.equal(await ffmpegsEnded(), before + 1);
      assert.equal(new Set(answers.map(({ headers }) => headers['x-transcode-id'])).size, 10);
      for (const answer of answers) {
        const { state, metrics, progress, source_format } = await recordOf(answer);
        assert.deepEqual(
          [state, metrics.bytes, progress.percent, source_format],
          ['completed', whole.length, 100, 'mp3/mp3'],
        );
      }
    });
  }

  it('receive cached audio without an ffmpeg', async () => {
    const fields = { output_format: 'opus', start_at: 10, duration: 15, ...sourceOf(serve(mp3, { headers: TAGGED })) };
    const first = await transcode(host, fields);
    assert.equal(statusOf(first), STATUS.stored);
    const before = await ffmpegsEnded();
    const again = await eventually(async () => {
      const answer = await transcode(host, fields);
      assert.equal(statusOf(answer), STATUS.hit);
      return answer;
    });
    assert.ok(again.complete);
    assert.ok(again.body.equals(first.body));
    assert.equal(await ffmpegsEnded(), before);
    const { state, metrics, progress } = await recordOf(again);
    assert.deepEqual(
      [state, metrics.bytes, metrics.cpu_seconds, progress.percent],
      ['completed', first.body.length, null, 100],
    );
    assert.ok(Math.abs(progress.position_seconds - 25) < 0.1, `${progress.position_seconds}`);
  });

  it('share the audio of a spooled source', async () => {
    const fields = { output_format: 'opus', ...sourceOf(serve(m4a, { headers: TAGGED })) };
    const answers = await Promise.all([transcode(host, fields), transcode(host, fields)]);
    assert.deepEqual(answers.map(statusOf).toSorted(), [STATUS.collapsed, STATUS.stored].toSorted());
    assert.ok(answers[0]?.body.equals(answers[1]?.body ?? Buffer.alloc(0)));
  });
});

describe('a client that shares audio', () => {
  it('does not wait for one that does not read', async () => {
    const fields = { output_format: 'pcm', ...sourceOf(serve(mp3, { headers: TAGGED })) };
    const slow = await openTranscode(host, fields);
    const fast = await transcode(host, fields);
    assert.equal(statusOf(fast), STATUS.collapsed);
    assert.equal(fast.body.length, SECONDS * 48_000 * 4);
    assert.ok((await readAll(slow)).body.equals(fast.body));
  });

  it('is not affected when the first or another client disconnects or is stopped', async () => {
    const { source_url, open: openSource } = heldSource(mp3);
    const fields = { output_format: 'pcm', source_url };
    const first = await openTranscode(host, fields);
    const [leaver, stopped, stays] = await Promise.all([0, 1, 2].map(() => openTranscode(host, fields)));
    assert.ok(leaver && stopped && stays);
    first.destroy();
    leaver.destroy();
    const stop = await call(host, `/transcodes/${stopped.headers['x-transcode-id']}`, { method: 'DELETE' });
    assert.equal(stop.status, 204);
    assert.equal((await readAll(stopped)).complete, false);
    openSource();
    const { complete, body } = await readAll(stays);
    assert.ok(complete);
    assert.equal(body.length, SECONDS * 48_000 * 4);
    await eventually(async () => assert.equal((await recordOf(first)).state, 'cancelled'));
  });

  it('leaves nothing behind when it is the last', async () => {
    const { source_url, open: openSource } = heldSource(mp3);
    const fields = { output_format: 'pcm', source_url };
    const before = await ffmpegsEnded();
    const readers = await Promise.all(Array.from({ length: 5 }, () => openTranscode(host, fields)));
    for (const reader of readers) reader.destroy();
    await eventually(async () => {
      assert.equal(await activeStreams(host), 0);
      assert.equal(await ffmpegsEnded(), before + 1);
    });
    openSource();
    assert.equal(statusOf(await transcode(host, fields)), STATUS.stored);
  });

  it('receives all audio before a failure, and the audio is not cached', async () => {
    const source = sourceOf(serve(mp3, { headers: TAGGED, breakAfter: [200_000], ranges: false }));
    // After the break the source is a different one.
    const broken = serve(mp3, { headers: TAGGED, breakAfter: [200_000] });
    source.change((request, response) => {
      broken(request, response);
      source.change(serve(other, { headers: { etag: '"2"' } }));
    });
    const fields = { output_format: 'pcm', source_url: source.source_url };
    const first = await openTranscode(host, fields);
    const answer = await readAll(first);
    assert.equal(answer.complete, false);
    assert.equal((await recordOf(first)).error.code, 'DOWNLOAD_FAILED');
    assert.equal(statusOf(await transcode(host, fields)), STATUS.stored);
  });
});

describe('audio is not shared', () => {
  const asked = (fields: Fields): Promise<Answer> => transcode(host, { output_format: 'opus', duration: 2, ...fields });

  it('when the source has changed', async () => {
    const { source_url, change } = sourceOf(serve(mp3, { headers: TAGGED }));
    const first = await asked({ source_url });
    change(serve(other, { headers: { etag: '"2"' } }));
    const second = await asked({ source_url });
    assert.deepEqual([statusOf(first), statusOf(second)], [STATUS.stored, STATUS.stored]);
    assert.ok(!second.body.equals(first.body));
    assert.ok(second.body.equals(await fresh(other, { output_format: 'opus', duration: 2 })));
  });

  it('when the request differs in any field', async () => {
    const { source_url } = sourceOf(serve(mp3, { headers: TAGGED }));
    const variants: Fields[] = [
      {},
      { output_format: 'aac' },
      { bitrate: '64k' },
      { quality_preset: 'high' },
      { channels: 1 },
      { sample_rate: 24_000 },
      { start_at: 1 },
      { duration: 1 },
      { filters: { volume: 0.5 } },
    ];
    for (const fields of variants) {
      assert.equal(statusOf(await asked({ source_url, ...fields })), STATUS.stored, JSON.stringify(fields));
    }
  });

  it('when the source has no version or forbids caching', async () => {
    for (const headers of [
      {},
      { etag: 'W/"1"' },
      { ...TAGGED, 'cache-control': 'no-store' },
      { ...TAGGED, 'cache-control': 'private, max-age=60' },
    ]) {
      const { source_url } = sourceOf(serve(mp3, { headers }));
      const answers = [await asked({ source_url }), await asked({ source_url })];
      assert.deepEqual(answers.map(statusOf), [STATUS.bypass, STATUS.bypass], JSON.stringify(headers));
    }
  });

  it('when it is live', async () => {
    const { source_url } = sourceOf(serve(mp3, { headers: TAGGED }));
    const live = { output_format: 'opus', live: true, source_url };
    for (const _ of [1, 2]) {
      const stream = await openTranscode(host, live);
      assert.equal(statusOf(stream), STATUS.bypass);
      stream.destroy();
      await once(stream, 'close');
    }
  });

  it('when the cache is off', async () => {
    await using source = await startHttpSource(serve(mp3, { headers: TAGGED }));
    await using strict = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, CACHE_MAX_BYTES: 0 });
    const fields = { output_format: 'opus', duration: 2, source_url: `${source.origin}/` };
    for (const _ of [1, 2]) assert.equal(statusOf(await transcode(strict, fields)), STATUS.bypass);
    assert.deepEqual(
      descriptorsOf(strict.pid).filter((target) => target.startsWith(strict.spoolDirectory)),
      [],
    );
  });

  it('with a status that tells nothing of other callers', async () => {
    await using source = await startHttpSource(serve(mp3, { headers: TAGGED }));
    await using guarded = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, JWT_SECRET });
    const ask = async (sub: string) => {
      const headers = { authorization: `Bearer ${await tokenOf(claims({ sub }))}` };
      const body = { output_format: 'opus', duration: 2, source_url: `${source.origin}/` };
      return statusOf(await call(guarded, '/transcode', { body, headers }));
    };
    const statuses = [await ask('ann'), await ask('ben'), await ask('ann'), await ask('ben')];
    assert.deepEqual(statuses, [STATUS.stored, STATUS.stored, STATUS.hit, STATUS.hit]);
  });

  it('with a caller that no longer has access to the source', async () => {
    const { source_url, change } = sourceOf(serve(mp3, { headers: TAGGED }));
    assert.equal(statusOf(await asked({ source_url })), STATUS.stored);
    change((_, response) => response.writeHead(403).end());
    const { status, json } = await readAll(
      await open(host, '/transcode', { body: { output_format: 'opus', duration: 2, source_url } }),
    );
    assert.deepEqual([status, json().code], [502, 'DOWNLOAD_FAILED']);
  });
});
