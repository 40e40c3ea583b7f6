import assert from 'node:assert/strict';
import { PassThrough, Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, it, mock } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { feedPipe, type PipeFeed } from '#lib/sources/feed.ts';

/** Large compared with the buffers between source and ffmpeg. */
const CHUNK = 100_000;

/** Yields `count` chunks; endless without a number. */
function source(chunks = Number.POSITIVE_INFINITY): Readable {
  let given = 0;
  return new Readable({
    highWaterMark: CHUNK,
    read() {
      given += 1;
      this.push(given > chunks ? null : Buffer.alloc(CHUNK, given));
    },
  });
}

/** Accepts everything and calls `onTaken` with the total number of bytes so far. */
function taker(onTaken: (bytes: number, input: Writable) => void = () => undefined) {
  let bytes = 0;
  const input = new Writable({
    highWaterMark: CHUNK,
    write(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      setImmediate(callback);
      onTaken(bytes, this);
    },
  });
  return { input, taken: () => bytes };
}

function feed(options: Pick<PipeFeed, 'body' | 'input'> & Partial<PipeFeed>) {
  const onFailure = mock.fn<(error: Error) => void>();
  const ended = feedPipe({ barrenBytes: 1e9, given: () => 0, onFailure, ...options });
  return { ended, failures: () => onFailure.mock.calls.map(({ arguments: [error] }) => error) };
}

describe('feeding a source to ffmpeg', () => {
  it('writes the whole source and closes the input', async () => {
    const { input, taken } = taker();
    const { ended, failures } = feed({ body: source(50), input });
    await ended;
    assert.equal(taken(), 50 * CHUNK);
    assert.equal(input.writableFinished, true);
    assert.deepEqual(failures(), []);
  });

  it('does not fail when ffmpeg closes its input early', async () => {
    const { input } = taker((bytes, self) => bytes >= 5 * CHUNK && self.destroy());
    const body = source();
    const { ended, failures } = feed({ body, input });
    await ended;
    assert.deepEqual(failures(), []);
    assert.equal(body.destroyed, true, 'the source is still being read');
  });

  it('does not fail when writing fails because ffmpeg has exited', async () => {
    const { input } = taker((bytes, self) => bytes >= 5 * CHUNK && self.destroy(new Error('write EPIPE')));
    const { ended, failures } = feed({ body: source(), input });
    await ended;
    assert.deepEqual(failures(), []);
  });

  it('reports a failure of the source before it closes the input, which would look like the end', async () => {
    const body = new PassThrough();
    const { input } = taker();
    const error = new AppError('DOWNLOAD_FAILED');
    const states: boolean[] = [];
    const ended = feedPipe({
      body,
      input,
      barrenBytes: 1e9,
      given: () => 0,
      onFailure: () => states.push(input.destroyed || input.writableEnded),
    });
    body.write(Buffer.alloc(CHUNK));
    body.destroy(error);
    await ended;
    assert.deepEqual(states, [false]);
    await assert.rejects(finished(input), 'the input ends as if the source were complete');
  });

  it('rejects a source whose bytes yield no audio: UNSUPPORTED_FORMAT', async () => {
    const { input, taken } = taker();
    const { ended, failures } = feed({ body: source(), input, barrenBytes: 20 * CHUNK });
    await ended;
    const [error] = failures();
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'UNSUPPORTED_FORMAT');
    assert.deepEqual(error.details, { limit_bytes: 20 * CHUNK });
    assert.ok(taken() <= 20 * CHUNK);
  });

  it('accepts exactly the allowed number of bytes without audio', async () => {
    const { input } = taker();
    const { ended, failures } = feed({ body: source(20), input, barrenBytes: 20 * CHUNK });
    await ended;
    assert.deepEqual(failures(), []);
  });

  it('has no limit as long as there is audio', async () => {
    const { input, taken } = taker();
    const given = () => Math.floor(taken() / (5 * CHUNK));
    const { ended, failures } = feed({ body: source(500), input, barrenBytes: 20 * CHUNK, given });
    await ended;
    assert.deepEqual(failures(), []);
    assert.equal(taken(), 500 * CHUNK);
  });

  it('rejects a source that stops yielding audio in the middle', async () => {
    const { input, taken } = taker();
    const given = () => Math.min(5, Math.floor(taken() / CHUNK));
    const { ended, failures } = feed({ body: source(), input, barrenBytes: 20 * CHUNK, given });
    await ended;
    assert.equal((failures()[0] as AppError).code, 'UNSUPPORTED_FORMAT');
    assert.ok(taken() > 20 * CHUNK && taken() < 30 * CHUNK, String(taken()));
  });
});
