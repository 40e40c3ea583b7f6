import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import { type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, noise } from '../../support/media.ts';
import { readAudio, testClient } from '../support/client.ts';
import { startService } from '../support/service.ts';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let whole: Buffer;
const request = () => ({ source_url: `${source.origin}/a`, output_format: 'pcm', duration: 3 }) as const;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 10), ['-c:a', 'libmp3lame']);
  source = cleanUp.use(await startHttpSource(serve(mp3)));
  await using host = await startService({ SOURCE_ALLOWED_NETWORKS: source.network });
  using client = testClient({ baseUrl: host.url });
  whole = (await readAudio(await client.transcode(request()))).bytes;
});
after(() => cleanUp.disposeAsync());

const HEALTHY = JSON.stringify({ status: 'ok' });

/** Reports itself healthy, and handles every transcode with the listener. */
function pretending(transcode: RequestListener): RequestListener {
  return (incoming, response) => {
    if (incoming.url?.startsWith('/health'))
      response.writeHead(200, { 'content-type': 'application/json' }).end(HEALTHY);
    else transcode(incoming, response);
  };
}

const AUDIO = { 'content-type': 'audio/pcm; rate=48000; channels=2; encoding=s16le', 'x-transcode-id': 'x' };
/** Longer than any test may take: a test that waits for it hangs. */
const FOR_EVER_MS = 3_600_000;
const FIRST_AUDIO_MS = 400;
const SILENCE_MS = 300;

const BAD: Readonly<Record<string, { readonly listener: RequestListener; readonly code: string }>> = {
  'accepts and sends nothing': { listener: () => undefined, code: 'TIMEOUT' },
  'sends its headers and nothing else': {
    listener: (_, response) => response.writeHead(200, AUDIO).flushHeaders(),
    code: 'TIMEOUT',
  },
  'sends single bytes': {
    listener(_, response) {
      response.writeHead(200, AUDIO);
      const timer = setInterval(() => response.write(Buffer.alloc(1)), 50);
      response.once('close', () => clearInterval(timer));
    },
    code: 'TIMEOUT',
  },
  'is busy': {
    listener: (_, response) => response.writeHead(503, { 'retry-after': '30' }).end(),
    code: 'OVERLOADED',
  },
  'is at the limit of its platform': {
    listener: (_, response) => response.writeHead(429, { 'retry-after': '1' }).end(),
    code: 'OVERLOADED',
  },
  'responds with an HTML page': {
    listener: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>'),
    code: 'UNAVAILABLE',
  },
  'responds with an error that is not from the service': {
    listener: (_, response) => response.writeHead(500).end('<h1>It works!</h1>'),
    code: 'UNAVAILABLE',
  },
  'responds with an error with an unknown code': {
    listener: (_, response) =>
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ code: 'toString', message: 'no', details: {}, recoverable: false })),
    code: 'UNAVAILABLE',
  },
  'responds with audio of another rate': {
    listener: (_, response) =>
      response
        .writeHead(200, { ...AUDIO, 'content-type': 'audio/pcm; rate=8000; channels=1; encoding=s16le' })
        .end(Buffer.alloc(8_000)),
    code: 'UNAVAILABLE',
  },
  'responds with audio without an id': {
    listener: (_, response) =>
      response.writeHead(200, { 'content-type': AUDIO['content-type'] }).end('<h1>Sign in</h1>'.repeat(2)),
    code: 'UNAVAILABLE',
  },
  'responds with an empty body': {
    listener: (_, response) => response.writeHead(200, AUDIO).end(),
    code: 'UNAVAILABLE',
  },
  redirects: {
    listener: (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    code: 'UNAVAILABLE',
  },
  'rejects the credentials': {
    listener: (_, response) =>
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end(JSON.stringify({ code: 'UNAUTHENTICATED', message: 'no', details: {}, recoverable: false })),
    code: 'UNAUTHENTICATED',
  },
  'cuts the connection at once, every time': {
    listener(_, response) {
      response.writeHead(200, AUDIO).write(Buffer.alloc(4));
      setImmediate(() => response.destroy());
    },
    code: 'UNAVAILABLE',
  },
};

describe('A service that', () => {
  for (const [name, { listener, code }] of Object.entries(BAD)) {
    it(`${name} is replaced by the local ffmpeg`, async (t) => {
      await using service = await startHttpSource(pretending(listener));
      using client = testClient({
        baseUrl: service.origin,
        timeouts: { firstAudioMs: FIRST_AUDIO_MS, silenceMs: SILENCE_MS, behindMs: SILENCE_MS },
      });
      const asked = performance.now();
      const stream = await client.transcode(request());
      t.diagnostic(`audio after ${(performance.now() - asked).toFixed(0)} ms`);
      const { bytes } = await readAudio(stream);
      assert.equal(stream.via, 'fallback');
      const broke = client.warnings.filter(({ message }) => message === 'the service failed');
      assert.deepEqual([...new Set(broke.map((warning) => warning['code']))], [code]);
      // Only the audio that it sent may differ: silence.
      const sent = name.startsWith('cuts') ? 4 : name.startsWith('sends single bytes') ? bytes.length % 8 : 0;
      assert.equal(bytes.length, whole.length);
      assert.ok(bytes.subarray(sent + 64).equals(whole.subarray(sent + 64)));
    });
  }
});

describe('A service that is healthy', () => {
  it('is not blamed for streams that reach their time limit', async () => {
    let answered: ServerResponse | undefined;
    await using service = await startHttpSource(
      pretending((_, response) => {
        answered = response.writeHead(200, AUDIO);
        response.write(whole);
      }),
    );
    const warned: object[] = [];
    const infos: string[] = [];
    using client = testClient({
      baseUrl: service.origin,
      fallback: false,
      breaker: { threshold: 1 },
      log: { warn: (fields) => warned.push(fields), info: (_, message) => infos.push(message) },
    });
    const stream = await client.transcode({ ...request(), duration: 9 });
    // The first stream yields all of its 3 s; later ones one second less, which leads up to the rest.
    const ends = [3, 5, 7];
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes < (ends[0] ?? 9) * 48_000 * 4) continue;
      ends.shift();
      answered?.destroy();
    }
    assert.equal(bytes, 9 * 48_000 * 4);
    // The health is probed asynchronously.
    while (infos.length + warned.length < client.counters().failures) await settled();
    assert.deepEqual(warned, []);
    assert.ok(infos.length >= 3);
  });

  it('is not blamed when the caller aborts', async () => {
    const asked = new EventEmitter();
    await using service = await startHttpSource(pretending(() => asked.emit('request')));
    using client = testClient({ baseUrl: service.origin, timeouts: { firstAudioMs: FOR_EVER_MS } });
    for (let round = 0; round < 3; round += 1) {
      const abort = new AbortController();
      const stream = client.transcode(request(), { signal: abort.signal });
      await once(asked, 'request');
      abort.abort();
      await assert.rejects(stream, { name: 'AbortError' });
    }
    assert.deepEqual(client.warnings, []);
  });
});

describe('A response that is not audio', () => {
  for (const output_format of ['opus', 'aac'] as const) {
    it(`is not accepted as ${output_format}, however short it is`, async () => {
      const types = { opus: 'audio/ogg; codecs="opus"', aac: 'audio/aac' };
      const headers = { ...AUDIO, 'content-type': types[output_format] };
      await using service = await startHttpSource(
        pretending((_, response) => response.writeHead(200, headers).end('<')),
      );
      using client = testClient({ baseUrl: service.origin });
      const stream = await client.transcode({ ...request(), output_format });
      const { bytes } = await readAudio(stream);
      assert.equal(stream.via, 'fallback');
      assert.notEqual(bytes.toString('latin1', 0, 1), '<');
    });
  }
});

describe('The time for the first audio', { timeout: 60_000 }, () => {
  it('counts from the request and includes the time after the headers', async () => {
    await using service = await startHttpSource(
      pretending((_, response) => response.writeHead(200, AUDIO).flushHeaders()),
    );
    using client = testClient({
      baseUrl: service.origin,
      timeouts: { firstAudioMs: FIRST_AUDIO_MS, silenceMs: FOR_EVER_MS, giveUpMs: FOR_EVER_MS },
    });
    const stream = await client.transcode(request());
    assert.equal(stream.via, 'fallback');
    assert.partialDeepStrictEqual(client.warnings[0], { code: 'TIMEOUT', details: { reason: 'silent' } });
    stream.destroy();
  });

  it('is not spent on an error that never ends', async () => {
    await using service = await startHttpSource(
      pretending((_, response) => response.writeHead(503, { 'content-type': 'application/json' }).write('{')),
    );
    using client = testClient({
      baseUrl: service.origin,
      timeouts: { firstAudioMs: FOR_EVER_MS, giveUpMs: FOR_EVER_MS },
    });
    const stream = await client.transcode(request());
    assert.equal(stream.via, 'fallback');
    assert.equal(client.warnings[0]?.['code'], 'OVERLOADED');
    stream.destroy();
  });
});

describe('A connection that is closed before the response', () => {
  it('is retried once, without a fallback', async () => {
    let asked = 0;
    await using service = await startHttpSource((_, response) => {
      asked += 1;
      if (asked === 1) response.destroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'healthy' }));
    });
    using client = testClient({ baseUrl: service.origin });
    assert.equal((await client.health()).status, 'healthy');
    assert.equal(asked, 2);
  });
});

describe('An invalid request', () => {
  it('fails without a fallback', async () => {
    await using host = await startService({ SOURCE_ALLOWED_NETWORKS: source.network });
    using client = testClient({ baseUrl: host.url });
    const refused = async (fields: object, code: string) => {
      const asked = client.transcode({ ...request(), ...fields });
      await assert.rejects(asked, { code, recoverable: false });
    };
    await refused({ filters: { speed: 10 } }, 'FILTER_INVALID');
    await refused({ source_url: 'ftp://example.org/a' }, 'INVALID_URL');
    await refused({ source_url: 'http://10.1.2.3/a.mp3' }, 'SOURCE_FORBIDDEN');
    assert.equal(client.counters().fallbacks, 0);
  });
});
