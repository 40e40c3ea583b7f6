import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import type { ClientOptions } from '../../client/options.ts';
import { freePorts } from '../support/free-ports.ts';
import { startHttpSource } from '../support/http-source.ts';
import { readAudio, testClient } from './support/client.ts';

type Line = Readonly<Record<string, unknown>> & { readonly level: 'warn' | 'info'; readonly message: string };

/** A client that keeps all lines of its log. */
function loggingClient(options: ClientOptions) {
  const lines: Line[] = [];
  const said = new EventEmitter();
  const keep = (level: Line['level']) => (fields: object, message: string) => {
    lines.push({ ...fields, level, message });
    said.emit(message);
  };
  const client = testClient({ ...options, log: { warn: keep('warn'), info: keep('info') } });
  return { client, lines, said: (message: string) => once(said, message) };
}

async function unreachable(): Promise<string> {
  const [port] = await freePorts(1);
  return `http://127.0.0.1:${port}`;
}

const SECOND = 48_000 * 4;
const AUDIO = { 'content-type': 'audio/pcm; rate=48000; channels=2; encoding=s16le', 'x-transcode-id': 'x' };
const REQUEST = { source_url: 's3://media/a.mp3?token=secret', output_format: 'pcm' } as const;
const SOURCE = 's3://media/a.mp3?[redacted]';

/** A service that is busy for the first requests, and then plays 2 s. */
function busyAtFirst(requests: number): RequestListener {
  let asked = 0;
  return ({ url }, response) => {
    if (url !== '/transcode') return void response.writeHead(200).end('{}');
    asked += 1;
    if (asked <= requests) response.writeHead(503).end();
    else response.writeHead(200, AUDIO).end(Buffer.alloc(2 * SECOND));
  };
}

describe('the log of the client', { concurrency: 4 }, () => {
  it('has one line for each cause while a stream retries, and names the source', async () => {
    let resolved = 0;
    const resolveSource = () => {
      resolved += 1;
      throw new Error('the mirror is down');
    };
    const { client, lines } = loggingClient({
      baseUrl: await unreachable(),
      timeouts: { giveUpMs: 2_000 },
      fallback: { resolveSource },
    });
    using _ = client;
    await assert.rejects(client.transcode(REQUEST), { code: 'UNAVAILABLE' });
    assert.ok(resolved > 2, String(resolved));
    const failed = lines.filter(({ message }) => message === 'the fallback failed');
    assert.deepEqual(
      failed.map(({ level, source }) => [level, source]),
      [['warn', SOURCE]],
    );
    const [over] = lines.filter(({ message }) => message.startsWith('the fallback failed:'));
    assert.equal(over?.level, 'info');
    assert.equal(over?.['times'], resolved);
    assert.ok(!JSON.stringify(lines).includes('secret'));
  });

  it('says once that a failure is over, as soon as a leg works', async () => {
    await using service = await startHttpSource(busyAtFirst(3));
    const { client, lines } = loggingClient({ baseUrl: service.origin, fallback: false });
    using _ = client;
    const { bytes } = await readAudio(await client.transcode(REQUEST), {
      at: 1.5 * SECOND,
      run: () => assert.equal(lines.length, 2, JSON.stringify(lines)),
    });
    assert.equal(bytes.length, 2 * SECOND);
    const [first, over, ...rest] = lines;
    assert.deepEqual(rest, []);
    assert.partialDeepStrictEqual(first, { level: 'warn', message: 'the service failed', code: 'OVERLOADED' });
    assert.partialDeepStrictEqual(over, { level: 'info', times: 3, source: SOURCE });
    assert.match(over?.message ?? '', /^the service failed: 3 times in [\d.]+ s$/);
  });

  it('names the track that is skipped, even if its item is not valid', async () => {
    await using service = await startHttpSource(({ url }, response) => {
      if (url !== '/transcode') return void response.writeHead(200).end('{}');
      const body = { code: 'UNSUPPORTED_FORMAT', message: 'no audio', details: {}, recoverable: false };
      response.writeHead(415, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const { client, lines } = loggingClient({ baseUrl: service.origin, fallback: false });
    using _ = client;
    const items = [REQUEST.source_url, null as never];
    await readAudio(await client.playlist(items, { output_format: 'pcm' }));
    const skipped = lines.filter(({ message }) => message === 'a track was skipped');
    assert.deepEqual(
      skipped.map(({ level, track, source, code }) => [level, track, source, code]),
      [
        ['warn', 0, SOURCE, 'UNSUPPORTED_FORMAT'],
        ['warn', 1, 'undefined', 'VALIDATION_ERROR'],
      ],
    );
    // The service works: only the source is bad.
    assert.deepEqual(
      lines.filter(({ level }) => level === 'warn'),
      skipped,
    );
  });

  it('warns that the service is unavailable, and informs that it is available again', async () => {
    let isUp = false;
    await using service = await startHttpSource((incoming, response) => {
      if (isUp) busyAtFirst(0)(incoming, response);
      else response.destroy();
    });
    const { client, lines, said } = loggingClient({
      baseUrl: service.origin,
      fallback: false,
      timeouts: { probeMs: 10_000, firstAudioMs: 30_000 },
      breaker: { threshold: 1 },
    });
    using _ = client;
    const abort = new AbortController();
    const stream = client.transcode(REQUEST, { signal: abort.signal });
    await said('the service is unavailable');
    abort.abort();
    await assert.rejects(stream, { name: 'AbortError' });
    isUp = true;
    await readAudio(await client.transcode(REQUEST));
    const changes = lines.filter((line) => 'service' in line);
    assert.deepEqual(
      changes.map(({ level, message }) => [level, message]),
      [
        ['warn', 'the service is unavailable'],
        ['info', 'the service is available again'],
      ],
    );
  });

  it('says plainly that a stream was cut, and after how much audio', async () => {
    await using service = await startHttpSource(({ url }, response) => {
      if (url !== '/transcode') return void response.writeHead(200).end('{}');
      response.writeHead(200, AUDIO).write(Buffer.alloc(SECOND / 2), () => setImmediate(() => response.destroy()));
    });
    const { client, lines } = loggingClient({ baseUrl: service.origin, fallback: false });
    using _ = client;
    const stream = await client.transcode(REQUEST);
    const broken = once(stream.events, 'broken');
    stream.resume();
    await broken;
    stream.destroy();
    const [cut] = lines;
    assert.match(String(cut?.['reason']), /^the audio from the service was cut after 0\.[0-5] s$/);
  });

  it('reports the function that returns the token, if that fails', async () => {
    const token = () => Promise.reject(new Error('no identity'));
    const { client, lines } = loggingClient({
      baseUrl: await unreachable(),
      credentials: { token },
      fallback: false,
      timeouts: { giveUpMs: 500 },
    });
    using _ = client;
    await assert.rejects(client.transcode(REQUEST), { code: 'UNAUTHENTICATED', recoverable: true });
    await assert.rejects(client.health(), { code: 'UNAUTHENTICATED' });
    assert.equal(lines[0]?.['reason'], 'the function that returns the token failed');
  });
});
