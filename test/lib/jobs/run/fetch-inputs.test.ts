import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import { type FetchOptions, fetchInputs } from '#lib/jobs/run/fetch-inputs.ts';
import { RUN_LIMITS } from '#lib/jobs/run/run-limits.ts';
import { createScratch } from '#lib/jobs/run/scratch.ts';
import type { SourceOpenerOptions } from '#lib/sources/open-source.ts';
import { eventually } from '../../../support/eventually.ts';
import { answer, endless, fallSilent, serve, startHttpSource } from '../../../support/http-source.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { openerFor } from '../../sources/support/opener.ts';
import { failureOf } from './support/failure.ts';

const OWNER = { subject: 'alice', scopes: ['jobs'], via: 'token' } as const;
const MEBIBYTE = 1 << 20;

/** A WAV file of silence. */
function wav(bytes: number): Buffer {
  const file = Buffer.alloc(bytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(bytes - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  return file;
}

type Setting = { limits?: Partial<SourceOpenerOptions>; options?: Partial<FetchOptions>; names?: readonly string[] };

/** Fetches inputs from a source with this behaviour, each under its name. `using` the folder keeps the files. */
async function fetching(behave: RequestListener, { limits, options = {}, names = ['a'] }: Setting = {}) {
  const folder = scratchFolder();
  const source = await startHttpSource(behave);
  const opener = openerFor([source], limits);
  const scratch = await createScratch({ directory: folder.path, instance: uuid(), jobId: uuid(), attempt: 1 });
  const counts = { expected: 0, fetched: 0 };
  const inputs = names.map((name) => ({ name, url: `${source.origin}/${name}` }));
  const result = fetchInputs(inputs, {
    sources: opener,
    caller: OWNER,
    scratch,
    limits: RUN_LIMITS,
    expect: (bytes) => {
      counts.expected += bytes;
    },
    fetched: (bytes) => {
      counts.fetched += bytes;
    },
    signal: new AbortController().signal,
    ...options,
  });
  result.catch(() => undefined);
  return {
    ...{ result, counts, source, scratch },
    read: (name: string) => readFileSync(join(scratch.path, 'inputs', name)),
    async [Symbol.asyncDispose]() {
      await result.catch(() => undefined);
      await opener.close();
      await source[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('fetching the inputs of a job', () => {
  it('copies them all, and counts their bytes', async () => {
    const content = wav(300_000);
    const names = Array.from({ length: 20 }, (_, index) => `in${index}`);
    await using run = await fetching(serve(content), { names });
    const fetched = await run.result;
    assert.deepEqual(
      fetched.map(({ name, file, bytes, format }) => [name, file, bytes, format.kind]),
      names.map((name) => [name, `inputs/${name}`, content.length, 'media']),
    );
    for (const name of names) assert.ok(run.read(name).equals(content));
    assert.deepEqual(run.counts, { expected: 20 * content.length, fetched: 20 * content.length });
  });

  it('copies a source that does not state its length, and a transfer that is cut', async () => {
    const content = wav(500_000);
    for (const options of [
      { chunked: true },
      { breakAfter: [100_000, 50_000], reset: true, headers: { etag: '"1"' } },
    ]) {
      await using run = await fetching(serve(content, options));
      await run.result;
      assert.ok(run.read('a').equals(content));
      assert.deepEqual(run.counts, { expected: content.length, fetched: content.length });
    }
  });

  for (const status of [401, 403, 404, 410]) {
    it(`fails for good when a source responds with ${status}`, async () => {
      await using run = await fetching(
        (request, response) => (request.url === '/b' ? answer(status) : fallSilent(wav(MEBIBYTE)))(request, response),
        { names: ['a', 'b'] },
      );
      assert.partialDeepStrictEqual(await failureOf(run.result), {
        code: 'DOWNLOAD_FAILED',
        recoverable: false,
        details: { status, input: 'b', field: 'inputs.b', phase: 'fetching' },
      });
    });
  }

  it('may be retried when a source responds with 503', async () => {
    await using run = await fetching(answer(503));
    assert.partialDeepStrictEqual(await failureOf(run.result), { code: 'DOWNLOAD_FAILED', recoverable: true });
  });

  it('times out when a source sends 1 MiB and then nothing, and frees its connection', async () => {
    await using run = await fetching(fallSilent(wav(MEBIBYTE)), { limits: { stallTimeoutMs: 300 } });
    assert.partialDeepStrictEqual(await failureOf(run.result), {
      code: 'TIMEOUT',
      details: { input: 'a', phase: 'fetching' },
    });
    await eventually(async () => assert.equal(await run.source.connected(), 0));
  });

  it('refuses an input over the limit, whether its source states the length or not', async () => {
    const limits = { ...RUN_LIMITS, inputBytes: MEBIBYTE };
    await using stated = await fetching(serve(wav(2 * MEBIBYTE)), { options: { limits } });
    assert.partialDeepStrictEqual(await failureOf(stated.result), {
      code: 'LIMIT_EXCEEDED',
      recoverable: false,
      details: { limit: 'input_bytes', value: 2 * MEBIBYTE, max: MEBIBYTE, input: 'a' },
    });
    await using unstated = await fetching(
      (_, response) => {
        response.write(wav(1_000));
        endless(Buffer.alloc(65_536))(_, response);
      },
      { options: { limits } },
    );
    assert.partialDeepStrictEqual(await failureOf(unstated.result), {
      code: 'LIMIT_EXCEEDED',
      details: { limit: 'input_bytes', max: MEBIBYTE },
    });
  });

  it('refuses what does not fit on the disk before it is fetched', async () => {
    await using run = await fetching(
      (request, response) => {
        response.writeHead(200, { 'content-length': 2 ** 49 });
        fallSilent(wav(1_000))(request, response);
      },
      { options: { limits: { ...RUN_LIMITS, inputBytes: 2 ** 50 } } },
    );
    assert.partialDeepStrictEqual(await failureOf(run.result), {
      code: 'OVERLOADED',
      recoverable: true,
      details: { reason: 'disk', input: 'a' },
    });
    assert.deepEqual(readdirSync(join(run.scratch.path, 'inputs')), []);
  });

  it('stops at once when it is aborted', async () => {
    const abort = new AbortController();
    await using run = await fetching(fallSilent(wav(MEBIBYTE)), { options: { signal: abort.signal } });
    abort.abort(new Error('cancelled'));
    await assert.rejects(run.result, { message: 'cancelled' });
  });

  it('refuses what is no media, and names the input', async () => {
    await using run = await fetching(serve(Buffer.from('#EXTM3U\nhttp://127.0.0.1/secret.ts\n')));
    assert.partialDeepStrictEqual(await failureOf(run.result), {
      code: 'UNSUPPORTED_FORMAT',
      recoverable: false,
      details: { input: 'a' },
      message: 'input a: the source is a playlist, not audio or video, an image or subtitles',
    });
  });
});
