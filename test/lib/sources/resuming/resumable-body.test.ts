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

/** Not recognised, so that 64 KiB are read at opening, and different at every place. */
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

describe('a source whose connection breaks', () => {
  for (const reset of [false, true]) {
    it(`by ${reset ? 'a reset' : 'an early end'} is resumed where it broke`, async () => {
      const { outcome, asked } = await read(
        serve(content, { headers: tag, breakAfter: [100_000, 100_000, 50_000], reset }),
      );
      assert.deepEqual(outcome, content);
      assert.equal(asked.length, 4);
      assert.match(asked[1]?.range ?? '', /^bytes=\d+-$/);
      assert.equal(asked[1]?.condition, '"one"');
    });
  }

  it('behind its last byte has lost nothing, and is not asked for more', async () => {
    // As when a server closes a connection that has brought everything, before the last of it is taken.
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
      reopen: () => assert.fail('it was asked for more'),
      maxBytes: content.length,
      rate: { minBytesPerSecond: 0, windowMs: 10_000 },
      backoffMs: [1],
      signal: new AbortController().signal,
    });
    assert.deepEqual(Buffer.concat(await Array.fromAsync(bytes)), content);
  });

  it('within the first bytes is resumed at opening', async () => {
    const { outcome } = await read(serve(content, { headers: tag, breakAfter: [0, 10, 1000] }));
    assert.deepEqual(outcome, content);
  });

  it('and has no length is resumed likewise', async () => {
    const { outcome } = await read(serve(content, { headers: tag, chunked: true, breakAfter: [100_000, 200_000] }));
    assert.deepEqual(outcome, content);
  });

  it('and knows no ranges is read again up to where it broke', async () => {
    const { outcome, asked } = await read(
      serve(content, { headers: date, ranges: false, breakAfter: [100_000, 300_000] }),
    );
    assert.deepEqual(outcome, content);
    assert.equal(asked[1]?.condition, date['last-modified']);
  });

  it('and knows no ranges and no validators is told by its length', async () => {
    const { outcome } = await read(serve(content, { ranges: false, breakAfter: [100_000] }));
    assert.deepEqual(outcome, content);
  });

  it('and answers a range in part only is asked for the next', async () => {
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

  it('and has changed meanwhile fails', async () => {
    const changed = inTurn(
      serve(content, { headers: tag, breakAfter: [100_000] }),
      serve(other, { headers: { etag: '"two"' } }),
    );
    const { outcome, asked } = await read(changed);
    assertFailed(outcome, 'DOWNLOAD_FAILED');
    assert.equal(outcome.recoverable, false);
    assert.equal(asked.length, 2);
  });

  it('and has changed its length meanwhile fails', async () => {
    const { outcome } = await read(inTurn(serve(content, { breakAfter: [100_000] }), serve(other.subarray(1))));
    assertFailed(outcome, 'DOWNLOAD_FAILED');
  });

  it('and has become shorter than what was read fails', async () => {
    const shorter = serve(content.subarray(0, 70_000), { headers: tag });
    const { outcome } = await read(
      inTurn(serve(content, { headers: tag, chunked: true, breakAfter: [100_000] }), shorter),
    );
    assertFailed(outcome, 'DOWNLOAD_FAILED');
    assert.equal(outcome.details['status'], 416);
  });

  it('and is another stream each time, as a radio, fails', async () => {
    const { outcome } = await read(serve(content, { chunked: true, ranges: false, breakAfter: [100_000] }));
    assertFailed(outcome, 'DOWNLOAD_FAILED');
  });

  it('and is gone meanwhile fails at once', async () => {
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

  it('fails after three attempts that bring nothing', async () => {
    const { outcome, asked } = await read(serve(content, { headers: tag, breakAfter: [100_000, 0, 0, 0] }));
    assertFailed(outcome, 'DOWNLOAD_FAILED');
    assert.equal(outcome.details['bytes'], 100_000);
    assert.equal(asked.length, 4);
  });

  it('starts counting anew whenever something came', async () => {
    const { outcome } = await read(serve(content, { headers: tag, breakAfter: [100_000, 0, 0, 1, 0, 0, 1, 0, 0] }));
    assert.deepEqual(outcome, content);
  });

  it('fails after fifty attempts, whatever they bring', async () => {
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

  it('can be given up while it waits for the next attempt at opening, and leaves no timer', async () => {
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

  it('ends with the signal’s reason while the source does not answer the next attempt', async () => {
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

/** One wait, and when it has begun. */
function observedWait(waitMs: number): { backoffMs: number[]; begun: Promise<void> } {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const get = (): number => {
    resolve();
    return waitMs;
  };
  return { backoffMs: Object.defineProperty([waitMs], 0, { get }), begun };
}
