import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AppError } from '#lib/errors.ts';
import type { ClientOptions } from '../../client/options.ts';
import { answer, type HttpSource, inTurn, serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { readAudio, testClient } from './support/client.ts';
import { startService } from './support/service.ts';

const NOWHERE = 'http://127.0.0.1:9';
const BYTES_PER_SECOND = 48_000 * 4;
type Fallback = Exclude<ClientOptions['fallback'], false | undefined>;

const cleanUp = new AsyncDisposableStack();
let folder: ScratchFolder;
let mp3: Buffer;
let lateIndex: Buffer;
let source: HttpSource;
before(async () => {
  folder = cleanUp.use(scratchFolder());
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 6), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  lateIndex = await media.make('a.m4a', noise('pink', 2), ['-c:a', 'aac']);
  writeFileSync(folder.file('a.mp3'), mp3);
  source = cleanUp.use(await startHttpSource(serve(mp3)));
});
after(() => cleanUp.disposeAsync());

/** Plays a source without a service. Returns the bytes of PCM, or the error code. */
async function played(source_url: string, fallback: Fallback = {}): Promise<number | string> {
  using client = testClient({ baseUrl: NOWHERE, fallback, timeouts: { giveUpMs: 20_000 } });
  try {
    return (await readAudio(await client.transcode({ source_url, output_format: 'pcm' }))).bytes.length;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.code;
  }
}

describe('the local ffmpeg gets only sources that the service would open', { concurrency: 2 }, () => {
  it('from an allowed network, but not from this machine by default', async () => {
    const requests = source.requests.length;
    assert.equal(await played(source.origin, { sourceAllowedNetworks: [] }), 'SOURCE_FORBIDDEN');
    assert.equal(await played(`http://localhost:${source.port}/`, { sourceAllowedNetworks: [] }), 'SOURCE_FORBIDDEN');
    assert.equal(source.requests.length, requests);
    assert.equal(await played(source.origin, { sourceAllowedNetworks: [source.network] }), 6 * BYTES_PER_SECOND);
    const denied = { sourceAllowedNetworks: [source.network], sourceDeniedNetworks: ['127.0.0.0/8'] };
    assert.equal(await played(source.origin, denied), 'SOURCE_FORBIDDEN');
  });

  it('not from a private target of a redirect, with the service up, of a source that stalls for it', async () => {
    await using internal = await startHttpSource(serve(mp3));
    const stalls: RequestListener = (_, response) =>
      response.writeHead(200, { 'content-length': mp3.length }).write(mp3.subarray(0, mp3.length / 2));
    await using stalling = await startHttpSource(
      inTurn(stalls, answer(302, { location: internal.origin }), serve(mp3)),
    );
    await using service = await startService({ SOURCE_ALLOWED_NETWORKS: stalling.network });
    using client = testClient({
      baseUrl: service.url,
      fallback: { sourceAllowedNetworks: [stalling.network] },
      timeouts: { silenceMs: 400, giveUpMs: 20_000 },
    });
    const stream = await client.transcode({ source_url: `${stalling.origin}/a`, output_format: 'pcm' });
    await readAudio(stream).catch(() => undefined);
    assert.ok(client.warnings.length > 0, 'the service stalled');
    assert.equal(internal.accepted(), 0);
  });

  it('no file, unless the orchestrator names it', async () => {
    const file = pathToFileURL(folder.file('a.mp3'));
    const whole = 6 * BYTES_PER_SECOND;
    assert.equal(await played(file.href), 'SOURCE_FORBIDDEN');
    assert.equal(
      await played(`${file.href}?s3://m/`, { resolveSource: (url) => url.replace('s3://m/', '') }),
      'SOURCE_FORBIDDEN',
    );
    assert.equal(await played('s3://media/a.mp3', { resolveSource: () => file.href }), whole);
    assert.equal(await played(file.href, { resolveSource: () => file }), whole);
    const redirecting = await startHttpSource(answer(302, { location: file.href }));
    assert.equal(await played(redirecting.origin), 'SOURCE_FORBIDDEN');
    await redirecting[Symbol.asyncDispose]();
  });

  it('nothing but regular files', async () => {
    mkdirSync(folder.file('folder'));
    execFileSync('mkfifo', [folder.file('pipe')]);
    for (const name of ['folder', 'pipe', 'absent'])
      assert.equal(
        await played('s3://m/a', { resolveSource: () => pathToFileURL(folder.file(name)) }),
        'DOWNLOAD_FAILED',
      );
  });

  it('cannot be created with malformed networks', () => {
    const create = (fallback: Fallback) => () => testClient({ baseUrl: NOWHERE, fallback });
    assert.throws(create({ sourceAllowedNetworks: ['localhost'] }), /SOURCE_ALLOWED_NETWORKS entry "localhost"/);
  });
});

describe('a source for the local ffmpeg', { concurrency: 2 }, () => {
  it('without Content-Length is downloaded once, and to its end', async () => {
    for (const chunked of [
      serve(mp3, { chunked: true }),
      // Its end is the end of the connection.
      ((_, response) => {
        response.useChunkedEncodingByDefault = false;
        response.shouldKeepAlive = false;
        response.writeHead(200, { 'transfer-encoding': 'identity' }).end(mp3);
      }) satisfies RequestListener,
    ]) {
      await using plain = await startHttpSource(chunked);
      assert.equal(await played(plain.origin), 6 * BYTES_PER_SECOND);
      assert.equal(plain.requests.length, 1);
    }
  });

  it('is resumed where its connection was cut', async () => {
    const headers = { etag: '"1"' };
    await using cut = await startHttpSource(serve(mp3, { headers, breakAfter: [50_000, 30_000] }));
    assert.equal(await played(cut.origin), 6 * BYTES_PER_SECOND);
    assert.equal(cut.requests.length, 3);
    assert.deepEqual(
      cut.requests.slice(1).map((request) => request.headers.range !== undefined),
      [true, true],
    );
  });

  it('may have its index at its end', async () => {
    await using late = await startHttpSource(serve(lateIndex, { ranges: false }));
    const bytes = await played(`${late.origin}/music`);
    assert.ok(typeof bytes === 'number' && Math.abs(bytes / BYTES_PER_SECOND - 2) < 0.1, `${bytes}`);
    assert.equal(late.requests.length, 1);
  });
});
