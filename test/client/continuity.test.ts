import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { TranscodeRequest } from '../../client/request.ts';
import { assertValidOpus, decode, OPUSINFO_MISSING, secondsOf } from '../support/audio.ts';
import { type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { parseAdts, parseOggOpus } from '../support/packets.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { readAudio, testClient } from './support/client.ts';
import { startCuttingProxy } from './support/cutting-proxy.ts';
import { startService } from './support/service.ts';

const SECONDS = 20;
/** Longest allowed wait of a reader: 3 s are promised. */
const PROMISED_MS = 3_000;
/** For audio that is not disturbed: a busy machine is not to look like a service that is down. */
const PATIENT = { firstAudioMs: 20_000, silenceMs: 20_000, behindMs: 20_000 };
const cleanUp = new AsyncDisposableStack();
let source: HttpSource;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  const beginning = mp3.length * 0.6;
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      if (request.url !== '/held') return serve(mp3)(request, response);
      // The rest is never sent, so the client has to send another request.
      response
        .writeHead(200, { 'content-length': mp3.length, 'content-type': 'audio/mpeg' })
        .write(mp3.subarray(0, beginning));
    }),
  );
});
after(() => cleanUp.disposeAsync());

const service = () => startService({ SOURCE_ALLOWED_NETWORKS: source.network });

type Fields = Partial<TranscodeRequest> & Pick<TranscodeRequest, 'output_format'>;
const CASES: Readonly<Record<string, Fields>> = {
  PCM: { output_format: 'pcm' },
  'PCM with an equaliser and a volume': { output_format: 'pcm', filters: { eq_preset: 'bass_boost', volume: 0.7 } },
  'mono PCM at 22,050 Hz with start_at': {
    output_format: 'pcm',
    sample_rate: 22_050,
    channels: 1,
    start_at: 3.3,
  },
  'live PCM': { output_format: 'pcm', live: true, duration: 7 },
  'PCM with start_at and duration': { output_format: 'pcm', start_at: 1.25, duration: 9.5 },
};

/** The same audio, undisturbed and with the service killed midway. */
async function both(fields: Fields): Promise<{ whole: Buffer; joined: Buffer; longestWaitMs: number }> {
  await using host = await service();
  using undisturbed = testClient({ baseUrl: host.url, timeouts: PATIENT });
  using client = testClient({ baseUrl: host.url, fallback: { resolveSource: (url) => url.replace('/held', '/a') } });
  const request = { source_url: `${source.origin}/a`, ...fields };
  const held = fields.live ? request : { ...request, source_url: `${source.origin}/held` };
  const whole = (await readAudio(await undisturbed.transcode(request))).bytes;
  assert.deepEqual(undisturbed.warnings, []);
  const stream = await client.transcode(held);
  const { bytes: joined, longestWaitMs } = await readAudio(stream, { at: whole.length * 0.3, run: host.kill });
  assert.equal(stream.via, 'fallback');
  assert.deepEqual([client.counters().fallbacks, client.counters().resumes], [1, 1]);
  return { whole, joined, longestWaitMs };
}

describe('A stream whose service is killed continues', { concurrency: 2 }, () => {
  for (const [name, fields] of Object.entries(CASES)) {
    it(`at the exact sample: ${name}`, async (t) => {
      const { whole, joined, longestWaitMs } = await both(fields);
      t.diagnostic(`the longest wait was ${longestWaitMs.toFixed(0)} ms`);
      assert.equal(joined.length, whole.length);
      assert.ok(joined.equals(whole));
      assert.ok(longestWaitMs < PROMISED_MS, `${longestWaitMs} ms`);
    });
  }

  for (const live of [false, true]) {
    it(`at the exact packet: ${live ? 'live ' : ''}Opus`, { skip: OPUSINFO_MISSING }, async () => {
      const { whole, joined } = await both({ output_format: 'opus', live, duration: live ? 6 : 15 });
      const [expected, got] = [parseOggOpus(whole), parseOggOpus(joined)];
      assert.equal(got.packets.length, expected.packets.length);
      assert.equal(secondsOf(await decode(joined)), secondsOf(await decode(whole)));
      using folder = scratchFolder();
      await writeFile(folder.file('a.opus'), joined);
      await assertValidOpus(folder.file('a.opus'));
    });

    it(`at the exact frame: ${live ? 'live ' : ''}AAC`, async () => {
      const { whole, joined } = await both({ output_format: 'aac', live, duration: live ? 6 : 15 });
      assert.equal(parseAdts(joined).frames, parseAdts(whole).frames);
      assert.equal(secondsOf(await decode(joined)), secondsOf(await decode(whole)));
    });
  }
});

/** Approximate bytes per second of each format; a leg that gives less is not requested again at once. */
const BYTES_OF_A_SECOND = { pcm: 192_000, opus: 14_000, aac: 18_000 } as const;

/** The positions at which connections are cut, including before and after the first byte. The same in every run. */
function* anywhere(secondBytes: number): Generator<number> {
  let state = 1;
  for (let cuts = 0; cuts < 12; cuts += 1) {
    state = (state * 48_271) % 0x7fffffff;
    yield Math.round(secondBytes * (1 + state / 0x7fffffff));
  }
  yield* [0, 1, 30, 100];
}

describe('A stream whose connection fails repeatedly continues with the service', { concurrency: 2 }, () => {
  for (const output_format of ['pcm', 'opus', 'aac'] as const) {
    it(`and is complete: ${output_format}`, { skip: output_format === 'opus' && OPUSINFO_MISSING }, async () => {
      await using host = await service();
      await using proxy = await startCuttingProxy(host.url, anywhere(BYTES_OF_A_SECOND[output_format]));
      using client = testClient({ baseUrl: host.url, timeouts: PATIENT });
      using cut = testClient({ baseUrl: proxy.origin, fallback: false });
      const request = { source_url: `${source.origin}/a`, output_format };
      const whole = (await readAudio(await client.transcode(request))).bytes;
      const joined = (await readAudio(await cut.transcode(request))).bytes;
      assert.ok(cut.counters().resumes >= 8, `${cut.counters().resumes} resumes`);
      if (output_format === 'pcm') {
        assert.ok(joined.equals(whole));
        return;
      }
      assert.equal(secondsOf(await decode(joined)), secondsOf(await decode(whole)));
      if (output_format === 'aac') {
        assert.equal(parseAdts(joined).frames, parseAdts(whole).frames);
        return;
      }
      assert.equal(parseOggOpus(joined).packets.length, parseOggOpus(whole).packets.length);
      using folder = scratchFolder();
      await writeFile(folder.file('a.opus'), joined);
      await assertValidOpus(folder.file('a.opus'));
    });
  }
});

describe('A service that is down', () => {
  it('is replaced by the local ffmpeg, and the next request uses it again when it is up', async (t) => {
    await using host = await service();
    using client = testClient({ baseUrl: host.url });
    const request = { source_url: `${source.origin}/a`, output_format: 'pcm', duration: 5 } as const;
    const whole = (await readAudio(await client.transcode(request))).bytes;
    await host.kill();
    for (let round = 0; round < 3; round += 1) {
      const asked = performance.now();
      const stream = await client.transcode(request);
      t.diagnostic(`audio after ${(performance.now() - asked).toFixed(0)} ms`);
      assert.equal(stream.via, 'fallback');
      assert.ok((await readAudio(stream)).bytes.equals(whole));
    }
    assert.ok(client.warnings.some(({ message }) => message === 'falling back to the local ffmpeg'));
    await host.start();
    const stream = await client.transcode(request);
    assert.equal(stream.via, 'service');
    assert.ok((await readAudio(stream)).bytes.equals(whole));
    assert.equal(client.counters().fallbacks, 3);
  });

  it('is replaced by the local ffmpeg also for an M4A with its index at the end', async () => {
    await using media = await createMediaFolder();
    const m4a = await media.make('a.m4a', noise('pink', 4), ['-c:a', 'aac', '-b:a', '128k']);
    await using last = await startHttpSource(serve(m4a));
    using client = testClient({ baseUrl: 'http://127.0.0.1:9' });
    const stream = await client.transcode({ source_url: `${last.origin}/track`, output_format: 'pcm', start_at: 1 });
    const seconds = (await readAudio(stream)).bytes.length / 48_000 / 4;
    assert.ok(Math.abs(seconds - 3) < 0.05, `${seconds} s`);
  });

  it('is not needed when the connection to a source fails: the source is resumed', async () => {
    await using media = await createMediaFolder();
    for (const [name, options] of [
      ['a.mp3', ['-c:a', 'libmp3lame']],
      ['a.ogg', ['-c:a', 'libvorbis']],
      ['a.wav', []],
    ] as const) {
      const content = await media.make(name, noise('pink', 8), options);
      const half = Math.floor(content.length / 2);
      // For any first request, such as one for the end of an Ogg file.
      await using broken = await startHttpSource(serve(content, { breakAfter: [half, half, half, half] }));
      await using good = await startHttpSource(serve(content));
      using client = testClient({ baseUrl: 'http://127.0.0.1:9' });
      const play = async ({ origin }: HttpSource) =>
        (await readAudio(await client.transcode({ source_url: `${origin}/${name}`, output_format: 'pcm' }))).bytes;
      const whole = await play(good);
      assert.ok(whole.length >= 8 * 48_000 * 4 - 4_608, `${name}: ${whole.length} bytes`);
      assert.ok((await play(broken)).equals(whole), name);
      const broke = client.warnings.filter(({ via }) => via === 'fallback');
      assert.deepEqual(broke, [], 'no other leg has to continue');
      // Without ranges it cannot be resumed: another leg continues, and nothing is repeated.
      await using plain = await startHttpSource(serve(content, { ranges: false, breakAfter: [half] }));
      assert.ok((await play(plain)).equals(whole), `${name}, without ranges`);
    }
  });

  it('is UNAVAILABLE without a fallback', async () => {
    using client = testClient({ baseUrl: 'http://127.0.0.1:9', fallback: false, timeouts: { giveUpMs: 500 } });
    const asked = client.transcode({ source_url: `${source.origin}/a`, output_format: 'opus' });
    await assert.rejects(asked, { code: 'UNAVAILABLE', recoverable: true });
  });
});

describe('A service with a time limit for streams', () => {
  it('plays a longer stream', { timeout: 120_000 }, async (t) => {
    const program = new URL('support/limited-host.ts', import.meta.url);
    const settings = { SOURCE_ALLOWED_NETWORKS: source.network, FUNCTION_TIMEOUT_SECONDS: 3 };
    await using host = await startService(settings, program);
    using client = testClient({ baseUrl: host.url, fallback: false, timeouts: PATIENT });
    const request = { source_url: `${source.origin}/a`, output_format: 'pcm', live: true, duration: 12 } as const;
    const { bytes } = await readAudio(await client.transcode(request));
    assert.equal(bytes.length, 12 * 48_000 * 4);
    const { resumes, fallbacks } = client.counters();
    t.diagnostic(`${resumes} resumes`);
    assert.deepEqual(client.warnings, [], 'this is not a fault');
    assert.ok(resumes >= 3);
    assert.equal(fallbacks, 0);
    await using usual = await service();
    using other = testClient({ baseUrl: usual.url, timeouts: PATIENT });
    assert.ok(bytes.equals((await readAudio(await other.transcode(request))).bytes));
  });
});
