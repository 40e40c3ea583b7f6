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
import { type Service, startService } from './support/service.ts';

const SECONDS = 20;
/** Longest allowed wait of a reader: 3 s are promised. */
const PROMISED_MS = 3_000;
/** A busy machine is not to look like a service that is down. */
const PATIENT = { firstAudioMs: 20_000, silenceMs: 20_000, behindMs: 20_000 };
const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
/** A service that no test kills. */
let steady: Service;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      const [, held] = /^\/held\/(.*)/.exec(request.url ?? '') ?? [];
      if (held === undefined) return serve(mp3)(request, response);
      // The rest is never sent, so the client has to send another request.
      response
        .writeHead(200, { 'content-length': mp3.length, 'content-type': 'audio/mpeg' })
        .write(mp3.subarray(0, mp3.length * Number(held)));
    }),
  );
  steady = cleanUp.use(await service());
});
after(() => cleanUp.disposeAsync());

const service = () => startService({ SOURCE_ALLOWED_NETWORKS: source.network });

type Fields = Partial<TranscodeRequest> & Pick<TranscodeRequest, 'output_format'>;
/** Each group plays from one service, which is killed. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Fields>>>> = {
  'that is PCM continues at the exact sample': {
    PCM: { output_format: 'pcm' },
    'PCM with an equaliser and a volume': { output_format: 'pcm', filters: { eq_preset: 'bass_boost', volume: 0.7 } },
    'mono PCM at 22,050 Hz with start_at': { output_format: 'pcm', sample_rate: 22_050, channels: 1, start_at: 3.3 },
  },
  'that ends before its source, or is compressed, continues at the exact unit': {
    'PCM with start_at and duration': { output_format: 'pcm', start_at: 1.25, duration: 12 },
    Opus: { output_format: 'opus', duration: 15 },
    AAC: { output_format: 'aac', duration: 15 },
  },
  'that is live continues at the exact unit': {
    'live PCM': { output_format: 'pcm', live: true, duration: 7 },
    'live Opus': { output_format: 'opus', live: true, duration: 6 },
    'live AAC': { output_format: 'aac', live: true, duration: 6 },
  },
};

type Heard = { readonly whole: Buffer; readonly joined: Buffer; readonly longestWaitMs: number };

/** The same audio, undisturbed and with the service killed when each stream has given 30 % of it. */
async function both(group: Readonly<Record<string, Fields>>): Promise<Map<string, Heard>> {
  await using host = await service();
  using undisturbed = testClient({ baseUrl: host.url, timeouts: PATIENT });
  const killed = Promise.withResolvers<void>();
  killed.promise.catch(() => undefined);
  let before = Object.keys(group).length;
  const wait = async (): Promise<void> => {
    before -= 1;
    if (before === 0) killed.resolve(host.kill());
    await killed.promise;
  };
  const wholes = await inParallel(group, async (fields) => {
    const stream = await undisturbed.transcode({ source_url: `${source.origin}/a`, ...fields });
    return (await readAudio(stream)).bytes;
  });
  assert.deepEqual(undisturbed.warnings, []);
  return await inParallel(group, async (fields, name) => {
    try {
      return await disturbed(host.url, { fields, whole: wholes.get(name) ?? Buffer.alloc(0), wait });
    } catch (error) {
      killed.reject(error);
      throw error;
    }
  });
}

type Disturbed = { readonly fields: Fields; readonly whole: Buffer; readonly wait: () => Promise<void> };

async function disturbed(baseUrl: string, { fields, whole, wait }: Disturbed): Promise<Heard> {
  // The end of a killed service is detected at once, not by a timeout.
  using client = testClient({
    baseUrl,
    timeouts: PATIENT,
    fallback: { resolveSource: (url) => url.replace(/\/held\/.*/, '/a') },
  });
  // More than 30 % of the stream and less than all of it, so that the service cannot end it before it is killed.
  const source_url = `${source.origin}/held/${fields.live ? 0.25 : 0.6}`;
  const stream = await client.transcode({ source_url, ...fields });
  const { bytes: joined, longestWaitMs } = await readAudio(stream, { at: whole.length * 0.3, run: wait });
  assert.equal(stream.via, 'fallback');
  assert.deepEqual([client.counters().fallbacks, client.counters().resumes], [1, 1]);
  return { whole, joined, longestWaitMs };
}

async function inParallel<T>(
  group: Readonly<Record<string, Fields>>,
  play: (fields: Fields, name: string) => Promise<T>,
): Promise<Map<string, T>> {
  const played = Object.entries(group).map(async ([name, fields]) => [name, await play(fields, name)] as const);
  return new Map(await Promise.all(played));
}

const SAME: Readonly<Record<'pcm' | 'opus' | 'aac', (joined: Buffer, whole: Buffer) => Promise<void>>> = {
  async pcm(joined, whole) {
    assert.equal(joined.length, whole.length);
    assert.ok(joined.equals(whole));
  },
  async opus(joined, whole) {
    assert.equal(parseOggOpus(joined).packets.length, parseOggOpus(whole).packets.length);
    assert.equal(secondsOf(await decode(joined)), secondsOf(await decode(whole)));
    using folder = scratchFolder();
    await writeFile(folder.file('a.opus'), joined);
    await assertValidOpus(folder.file('a.opus'));
  },
  async aac(joined, whole) {
    assert.equal(parseAdts(joined).frames, parseAdts(whole).frames);
    assert.equal(secondsOf(await decode(joined)), secondsOf(await decode(whole)));
  },
};

describe('A stream whose service is killed,', { concurrency: 2 }, () => {
  for (const [kind, group] of Object.entries(GROUPS)) {
    describe(kind, () => {
      let heard: Map<string, Heard>;
      before(async () => {
        heard = await both(group);
      });
      for (const [name, { output_format }] of Object.entries(group)) {
        it(name, { skip: output_format === 'opus' && OPUSINFO_MISSING }, async (t) => {
          const { whole, joined, longestWaitMs } = heard.get(name) ?? assert.fail();
          t.diagnostic(`the longest wait was ${longestWaitMs.toFixed(0)} ms`);
          await SAME[output_format](joined, whole);
          assert.ok(longestWaitMs < PROMISED_MS, `${longestWaitMs} ms`);
        });
      }
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
      await using proxy = await startCuttingProxy(steady.url, anywhere(BYTES_OF_A_SECOND[output_format]));
      using client = testClient({ baseUrl: steady.url, timeouts: PATIENT });
      using cut = testClient({ baseUrl: proxy.origin, fallback: false });
      const request = { source_url: `${source.origin}/a`, output_format };
      const whole = (await readAudio(await client.transcode(request))).bytes;
      const joined = (await readAudio(await cut.transcode(request))).bytes;
      assert.ok(cut.counters().resumes >= 8, `${cut.counters().resumes} resumes`);
      await SAME[output_format](joined, whole);
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
    using other = testClient({ baseUrl: steady.url, timeouts: PATIENT });
    const [joined, whole] = await Promise.all(
      [client, other].map(async (each) => (await readAudio(await each.transcode(request))).bytes),
    );
    assert.equal(joined?.length, 12 * 48_000 * 4);
    const { resumes, fallbacks } = client.counters();
    t.diagnostic(`${resumes} resumes`);
    assert.deepEqual(client.warnings, [], 'this is not a fault');
    assert.ok(resumes >= 3);
    assert.equal(fallbacks, 0);
    assert.ok(whole !== undefined && joined.equals(whole));
  });
});
