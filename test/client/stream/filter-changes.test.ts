import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay, setImmediate as settled } from 'node:timers/promises';
import { createFallbackLegs } from '../../../client/legs/fallback-leg.ts';
import { checkedSettings } from '../../../client/request.ts';
import { type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, tone } from '../../support/media.ts';
import { startPostgres } from '../../support/postgres.ts';
import { readAudio, testClient } from '../support/client.ts';
import { type Service, startService } from '../support/service.ts';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let wav: Buffer;
/** A service that no test kills. */
let steady: Service;
const RATE = 8_000;
const SECONDS = 60;
const fields = () =>
  ({
    source_url: `${source.origin}/a`,
    output_format: 'pcm',
    sample_rate: RATE,
    channels: 1,
    live: true,
    lead_seconds: 0.5,
  }) as const;

before(async () => {
  await using media = await createMediaFolder();
  wav = await media.make('a.wav', tone(440, SECONDS), ['-ar', '8000', '-ac', '1']);
  source = cleanUp.use(await startHttpSource(serve(wav)));
  steady = cleanUp.use(await startService({ SOURCE_ALLOWED_NETWORKS: source.network }));
});
after(() => cleanUp.disposeAsync());

const bytesOf = (seconds: number) => Math.round(seconds * RATE) * 2;

/** Returns the RMS of 16-bit samples between two times in seconds. */
function level(pcm: Buffer, from: number, to: number): number {
  let sum = 0;
  for (let at = bytesOf(from); at < bytesOf(to); at += 2) sum += pcm.readInt16LE(at) ** 2;
  return Math.sqrt(sum / ((to - from) * RATE));
}

describe('Filters of a live stream', { concurrency: 2 }, () => {
  for (const via of ['service', 'fallback'] as const) {
    it(`change while it comes from the ${via}`, async () => {
      using client = testClient({ baseUrl: via === 'service' ? steady.url : 'http://127.0.0.1:9' });
      const stream = await client.transcode({ ...fields(), duration: 4 });
      assert.equal(stream.via, via);
      const change = client.setFilters(stream.id, { volume: 0.25 });
      const { bytes } = await readAudio(stream);
      const { filters, applied_at_sample: sample } = await change;
      assert.equal(filters.volume, 0.25);
      assert.deepEqual(stream.filters, filters);
      const from = sample / RATE + 0.3;
      assert.ok(from < 3.5, `${from} s`);
      assert.ok(Math.abs(level(bytes, from, 3.9) / level(bytes, 0, 0.1) - 0.25) < 0.01);
    });
  }

  it('change once the local ffmpeg has started, however early the request', async () => {
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    await using slow = await startHttpSource(async (request, response) => {
      asked.resolve();
      await gate.promise;
      serve(wav)(request, response);
    });
    const { open } = createFallbackLegs({
      ffmpegPath: undefined,
      path: process.env['PATH'] ?? '',
      resolveSource: String,
      sourceAllowedNetworks: [slow.network],
      sourceDeniedNetworks: [],
      sourceAllowedPorts: [],
    });
    const { signal } = new AbortController();
    const settings = { ...checkedSettings({ ...fields(), duration: 3 }), source_url: undefined };
    const leg = await open({ url: `${slow.origin}/a`, settings }, { signal });
    await asked.promise;
    const first = leg.chunks.next();
    const change = leg.setFilters({ volume: 0.25 });
    await settled();
    gate.resolve();
    await first;
    for (let next = await leg.chunks.next(); !next.done; next = await leg.chunks.next());
    assert.equal((await change).filters.volume, 0.25);
    await leg.stop();
  });

  it('that are not adjustable are rejected, from the service and the local ffmpeg', async () => {
    for (const baseUrl of [steady.url, 'http://127.0.0.1:9']) {
      using client = testClient({ baseUrl });
      const stream = await client.transcode({ ...fields(), adjust: ['volume'] });
      await assert.rejects(stream.setFilters({ speed: 2 }), { code: 'CONFLICT' });
      stream.destroy();
    }
  });

  it('are kept when another leg continues, and so is the position in the source', async (t) => {
    await using host = await startService({ SOURCE_ALLOWED_NETWORKS: source.network });
    using client = testClient({ baseUrl: host.url });
    const stream = await client.transcode({ ...fields(), duration: 16 });
    const changing = stream.setFilters({ speed: 2, volume: 0.5 }).then(async (change) => {
      await delay(1_500);
      await host.kill();
      return change;
    });
    const { bytes } = await readAudio(stream);
    const { applied_at_sample: sample } = await changing;
    assert.equal(stream.via, 'fallback');
    assert.deepEqual([stream.filters.speed, stream.filters.volume], [2, 0.5]);
    // The audio at speed 1 plus twice the audio at speed 2 is the whole source.
    const [total, slow] = [bytes.length / 2 / RATE, sample / RATE];
    const played = slow + (total - slow) * 2;
    t.diagnostic(`${played.toFixed(3)} of 16 s were played`);
    assert.ok(Math.abs(played - 16) < 0.1, `${played} s`);
    assert.ok(Math.abs(level(bytes, total - 1, total - 0.2) / level(bytes, 0, 0.1) - 0.5) < 0.02);
  });
});

describe('Filters that another client has changed', { timeout: 120_000 }, () => {
  it('are those of the stream and of the next leg', async () => {
    await using postgres = await startPostgres();
    await using host = await startService({ SOURCE_ALLOWED_NETWORKS: source.network, DATABASE_URL: postgres.url });
    using client = testClient({ baseUrl: host.url });
    using other = testClient({ baseUrl: host.url });
    const stream = await client.transcode({ ...fields(), adjust: ['speed', 'volume'], duration: 16 });
    const read = readAudio(stream);
    const { applied_at_sample: sample } = await other.setFilters(stream.id, { speed: 2, volume: 0.5 });
    while (stream.filters.volume !== 0.5) await delay(5);
    await host.kill();
    const { bytes } = await read;
    assert.equal(stream.via, 'fallback');
    assert.deepEqual([stream.filters.speed, stream.filters.volume], [2, 0.5]);
    const [total, slow] = [bytes.length / 2 / RATE, sample / RATE];
    const played = slow + (total - slow) * 2;
    assert.ok(Math.abs(played - 16) < 0.1, `${played} s`);
    assert.ok(Math.abs(level(bytes, total - 1, total - 0.2) / level(bytes, 0, 0.1) - 0.5) < 0.02);
  });
});

describe('A stream that is stopped', () => {
  it('ends and is unknown afterwards', async () => {
    using client = testClient({ baseUrl: steady.url });
    const stream = await client.transcode(fields());
    await client.stop(stream.id);
    assert.equal(stream.destroyed, true);
    await assert.rejects(readAudio(stream));
    assert.equal((await client.health()).status, 'healthy');
    const abort = new AbortController();
    const other = await client.transcode(fields(), { signal: abort.signal });
    abort.abort();
    await assert.rejects(readAudio(other), { name: 'AbortError' });
  });

  it('by another client ends as well', async () => {
    using client = testClient({ baseUrl: steady.url });
    using other = testClient({ baseUrl: steady.url });
    const stream = await client.transcode(fields());
    const ended = assert.rejects(readAudio(stream), { code: 'CONFLICT', details: { state: 'cancelled' } });
    await other.stop(stream.id);
    await ended;
    assert.deepEqual([client.counters().resumes, client.counters().fallbacks], [0, 0]);
  });
});
