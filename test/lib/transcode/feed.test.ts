import assert from 'node:assert/strict';
import { PassThrough, Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, it, mock } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { feedPipe, type PipeFeed } from '#lib/transcode/feed.ts';

/** Large beside what streams hold between source and ffmpeg. */
const CHUNK = 100_000;

/** So many chunks; for ever without a number. */
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

/** Takes everything, and calls `onTaken` with all it has taken so far. */
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
  it('writes all of it, and closes the input', async () => {
    const { input, taken } = taker();
    const { ended, failures } = feed({ body: source(50), input });
    await ended;
    assert.equal(taken(), 50 * CHUNK);
    assert.equal(input.writableFinished, true);
    assert.deepEqual(failures(), []);
  });

  it('is no failure when ffmpeg has enough and closes its input', async () => {
    const { input } = taker((bytes, self) => bytes >= 5 * CHUNK && self.destroy());
    const body = source();
    const { ended, failures } = feed({ body, input });
    await ended;
    assert.deepEqual(failures(), []);
    assert.equal(body.destroyed, true, 'nothing more is read from the source');
  });

  it('is no failure when writing fails because ffmpeg has gone', async () => {
    const { input } = taker((bytes, self) => bytes >= 5 * CHUNK && self.destroy(new Error('write EPIPE')));
    const { ended, failures } = feed({ body: source(), input });
    await ended;
    assert.deepEqual(failures(), []);
  });

  it('tells a failure of the source before the input is closed, for that would look like its end', async () => {
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
    await assert.rejects(finished(input), 'the input does not end as if it were complete');
  });

  it('gives up a source that brings bytes but no sound: UNSUPPORTED_FORMAT', async () => {
    const { input, taken } = taker();
    const { ended, failures } = feed({ body: source(), input, barrenBytes: 20 * CHUNK });
    await ended;
    const [error] = failures();
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'UNSUPPORTED_FORMAT');
    assert.deepEqual(error.details, { limit_bytes: 20 * CHUNK });
    assert.ok(taken() <= 20 * CHUNK);
  });

  it('takes exactly the allowance without a sound', async () => {
    const { input } = taker();
    const { ended, failures } = feed({ body: source(20), input, barrenBytes: 20 * CHUNK });
    await ended;
    assert.deepEqual(failures(), []);
  });

  it('goes on for ever as long as there is sound', async () => {
    const { input, taken } = taker();
    const given = () => Math.floor(taken() / (5 * CHUNK));
    const { ended, failures } = feed({ body: source(500), input, barrenBytes: 20 * CHUNK, given });
    await ended;
    assert.deepEqual(failures(), []);
    assert.equal(taken(), 500 * CHUNK);
  });

  it('gives up one that falls silent in the middle', async () => {
    const { input, taken } = taker();
    const given = () => Math.min(5, Math.floor(taken() / CHUNK));
    const { ended, failures } = feed({ body: source(), input, barrenBytes: 20 * CHUNK, given });
    await ended;
    assert.equal((failures()[0] as AppError).code, 'UNSUPPORTED_FORMAT');
    assert.ok(taken() > 20 * CHUNK && taken() < 30 * CHUNK, String(taken()));
  });
});
