import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import type { SourceOpenerOptions } from '#lib/sources/open-source.ts';
import { resumableBody } from '#lib/sources/resuming/resumable-body.ts';
import {
  answer,
  inTurn,
  neverAnswer,
  resetBeforeHeaders,
  serve,
  startHttpSource,
} from '../../../support/http-source.ts';
import { openerFor, readAll } from '../support/opener.ts';
import { settledResources } from '../support/resources.ts';

/** Not a recognised format, so that opening reads 64 KiB. Different at every position. */
const content = Buffer.concat([Buffer.alloc(64, 1), randomBytes(400_000)]);
const other = Buffer.concat([Buffer.alloc(64, 1), randomBytes(400_000)]);
const tag = { etag: '"one"' };
const date = { 'last-modified': 'Mon, 02 Nov 2026 10:00:00 GMT' };

async function read(behave: RequestListener, limits: Partial<SourceOpenerOptions> = {}) {
  await using source = await startHttpSource(behave);
  await using opener = openerFor([source], limits);
  const outcome = await opener
    .openNow(source.origin)
    .then(readAll)
    .catch((error) => error);
  const asked = source.requests.map(({ headers }) => ({ range: headers.range, condition: headers['if-range'] }));
  return { outcome, asked };
}

function assertFailed(outcome: unknown, code: string): asserts outcome is AppError {
  assert.ok(outcome instanceof AppError, `${outcome}`);
  assert.equal(outcome.code, code);
}

describe('a source whose connection fails', () => {
  for (const reset of [false, true]) {
    it(`is resumed at the same byte after ${reset ? 'a reset' : 'an early end'}`, async () => {
      const { outcome, asked } = await read(
        serve(content, { headers: tag, breakAfter: [100_000, 100_000, 50_000], reset }),
      );
      assert.deepEqual(outcome, content);
      assert.equal(asked.length, 4);
      assert.match(asked[1]?.range ?? '', /^bytes=\d+-$/);
      assert.equal(asked[1]?.condition, '"one"');
    });
  }

  it('is complete, and not requested again, when that happens after its last byte', async () => {
    // As when a server resets a connection after sending everything, before the last bytes are read.
    const body = Readable.from(
      (async function* () {
        yield content;
        throw new Error('other side closed');
      })(),
    );
    const bytes = resumableBody({
      first: {
        url: new URL('http://localhost'),
        status: 200,
        headers: { 'content-length': String(content.length) },
        body,
      },
      reopen: () => assert.fail('it was requested again'),
      maxBytes: content.length,
      rate: { minBytesPerSecond: 0, windowMs: 10_000 },
      backoffMs: [1],
      signal: new AbortController().signal,
    });
    assert.deepEqual(Buffer.concat(await Array.fromAsync(bytes)), content);
  });

  it('is resumed while it is being opened', async () => {
    const { outcome } = await read(serve(content, { headers: tag, breakAfter: [0, 10, 1000] }));
    assert.deepEqual(outcome, content);
  });

  it('is resumed without a length', async () => {
    const { outcome } = await read(serve(content, { headers: tag, chunked: true, breakAfter: [100_000, 200_000] }));
    assert.deepEqual(outcome, content);
  });

  it('is read again up to the same byte without ranges', async () => {
    const { outcome, asked } = await read(
      serve(content, { headers: date, ranges: false, breakAfter: [100_000, 300_000] }),
    );
    assert.deepEqual(outcome, content);
    assert.equal(asked[1]?.condition, date['last-modified']);
  });

  it('is recognised by its length without ranges and validators', async () => {
    const { outcome } = await read(serve(content, { ranges: false, breakAfter: [100_000] }));
    assert.deepEqual(outcome, content);
  });

  it('is requested again when it returns only a part of the range', async () => {
    const parts: RequestListener = (request, response) => {
      const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
      const end = Math.min(start + 150_000, content.length);
      const range = `bytes ${start}-${end - 1}/${content.length}`;
      response.writeHead(206, { 'content-range': range, ...tag }).end(content.subarray(start, end));
    };
    const { outcome, asked } = await read(parts);
    assert.deepEqual(outcome, content);
    assert.equal(asked.length, 3);
  });

  it('fails when it has changed', async () => {
    const changed = inTurn(
      serve(content, { headers: tag, breakAfter: [100_000] }),
      serve(other, { headers: { etag: '"two"' } }),
    );
    const { outcome, asked } = await read(changed);
    assertFailed(outcome, 'DOWNLOAD_FAILED');
    assert.equal(outcome.recoverable, false);
    assert.equal(asked.length, 2);
  });

  it('fails when its length has changed', async () => {
    const { outcome } = await read(inTurn(serve(content, { breakAfter: [100_000] }), serve(other.subarray(1))));
    assertFailed(outcome, 'DOWNLOAD_FAILED');
  });

  it('fails when it has become shorter than what was read', async () => {
    const shorter = serve(content.subarray(0, 70_000), { headers: tag });
    const { outcome } = await read(
      inTurn(serve(content, { headers: tag, chunked: true, breakAfter: [100_000] }), shorter),
    );
    assertFailed(outcome, 'DOWNLOAD_FAILED');
    assert.equal(outcome.details['status'], 416);
  });

  it('fails when it is a different stream each time, such as a radio', async () => {
    const { outcome } = await read(serve(content, { chunked: true, ranges: false, breakAfter: [100_000] }));
    assertFailed(outcome, 'DOWNLOAD_FAILED');
  });

  it('fails at once when it no longer exists', async () => {
    const { outcome, asked } = await read(inTurn(serve(content, { headers: tag, breakAfter: [100_000] }), answer(404)));
    assertFailed(outcome, 'DOWNLOAD_FAILED');
    assert.equal(outcome.details['status'], 404);
    assert.equal(asked.length, 2);
  });

  it('survives three failing attempts', async () => {
    const failing = [answer(503), resetBeforeHeaders, resetBeforeHeaders, answer(500)];
    const rest = serve(content, { headers: tag });
    const { outcome } = await read(
      inTurn(serve(content, { headers: tag, breakAfter: [100_000] }), ...failing.slice(0, 3), rest),
    );
    assert.deepEqual(outcome, content);
  });

  it('fails after three attempts without a new byte', async () => {
    const { outcome, asked } = await read(serve(content, { headers: tag, breakAfter: [100_000, 0, 0, 0] }));
    assertFailed(outcome, 'DOWNLOAD_FAILED');
    assert.equal(outcome.details['bytes'], 100_000);
    assert.equal(asked.length, 4);
  });

  it('starts counting again after each new byte', async () => {
    const { outcome } = await read(serve(content, { headers: tag, breakAfter: [100_000, 0, 0, 1, 0, 0, 1, 0, 0] }));
    assert.deepEqual(outcome, content);
  });

  it('fails after fifty attempts even with new bytes', async () => {
    const { outcome, asked } = await read(serve(content, { headers: tag, breakAfter: Array(99).fill(100) }));
    assertFailed(outcome, 'DOWNLOAD_FAILED');
    assert.equal(asked.length, 51);
  });

  it('ends with the signal’s reason while it waits for the next attempt', async () => {
    await using source = await startHttpSource(serve(content, { headers: tag, breakAfter: [100_000] }));
    const wait = observedWait(60_000);
    await using opener = openerFor([source], { backoffMs: wait.backoffMs });
    const controller = new AbortController();
    const reading = readAll(await opener.open(source.origin, { accept: 'audio', signal: controller.signal }));
    await wait.begun;
    controller.abort(new AppError('UNAVAILABLE'));
    await assert.rejects(reading, { code: 'UNAVAILABLE' });
  });

  it('can be aborted while opening waits for the next attempt, and leaves no timer', async () => {
    const before = await settledResources();
    {
      await using source = await startHttpSource(serve(content, { breakAfter: [10] }));
      const wait = observedWait(60_000);
      await using opener = openerFor([source], { backoffMs: wait.backoffMs });
      const controller = new AbortController();
      const opening = opener.open(source.origin, { accept: 'audio', signal: controller.signal });
      await wait.begun;
      controller.abort(new AppError('UNAVAILABLE'));
      await assert.rejects(opening, { code: 'UNAVAILABLE' });
    }
    assert.equal(await settledResources(before), before);
  });

  it('ends with the signal’s reason while the next attempt has no response', async () => {
    const controller = new AbortController();
    const hang: RequestListener = (request, response) => {
      neverAnswer(request, response);
      controller.abort(new AppError('UNAVAILABLE'));
    };
    await using source = await startHttpSource(inTurn(serve(content, { headers: tag, breakAfter: [100_000] }), hang));
    await using opener = openerFor([source]);
    const opened = await opener.open(source.origin, { accept: 'audio', signal: controller.signal });
    await assert.rejects(readAll(opened), { code: 'UNAVAILABLE' });
  });
});

/** A single wait, and a promise that resolves when it begins. */
function observedWait(waitMs: number): { backoffMs: number[]; begun: Promise<void> } {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const get = (): number => {
    resolve();
    return waitMs;
  };
  return { backoffMs: Object.defineProperty([waitMs], 0, { get }), begun };
}
