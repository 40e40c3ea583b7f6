import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { audioBody } from '#lib/transcode/audio-body.ts';
import { eventually } from '../../support/eventually.ts';

const FAILURE = new Error('ffmpeg failed');
const AUDIO = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

const PATIENT = {
  readerTimeoutMs: 60_000,
  stopped: new AbortController().signal,
  gatherMs: 0,
  onBytes: () => undefined,
};

/** A body around an output that the test writes. */
function bodyOver(output: PassThrough, reason?: Error, patience: Partial<typeof PATIENT> = {}) {
  const onClose = mock.fn();
  const outcome = mock.fn(async () => reason);
  const body = audioBody({ output, outcome, onClose, ...PATIENT, ...patience });
  return { body, onClose, outcome };
}

/** Writes everything in pieces of 10 000 bytes, then ends. */
async function produce(output: PassThrough, audio = AUDIO): Promise<void> {
  for (let offset = 0; offset < audio.length; offset += 10_000) {
    if (!output.write(audio.subarray(offset, offset + 10_000))) await once(output, 'drain');
  }
  output.end();
}

/** A reader that reads a piece in every other turn of the event loop, and what it has read. */
function slowReader() {
  const chunks: Buffer[] = [];
  const writable = new Writable({
    highWaterMark: 1,
    async write(chunk: Buffer, _encoding, callback) {
      chunks.push(chunk);
      await turn();
      await turn();
      callback();
    },
  });
  return { writable, received: () => Buffer.concat(chunks) };
}

/** Reads piece by piece, as an iterator does. Returns the bytes and the error at the end. */
async function iterate(body: Readable) {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      await turn();
    }
  } catch (error) {
    return { received: Buffer.concat(chunks), error };
  }
  return { received: Buffer.concat(chunks), error: undefined };
}

describe('the audio body', () => {
  it('is the output of ffmpeg and ends when that is complete', async () => {
    const output = new PassThrough();
    const { body, onClose, outcome } = bodyOver(output);
    const { writable, received } = slowReader();
    await Promise.all([produce(output), pipeline(body, writable)]);
    assert.deepEqual(received(), AUDIO);
    assert.equal(onClose.mock.callCount(), 1);
    assert.equal(outcome.mock.callCount(), 1);
  });

  it('collects small pieces after the first bytes, and loses none', async () => {
    const output = new PassThrough();
    const pieces: Buffer[] = [];
    const { body } = bodyOver(output, undefined, { gatherMs: 20 });
    body.on('data', (piece: Buffer) => pieces.push(piece));
    const at = { prompt: 40_000, step: 100 };
    output.write(AUDIO.subarray(0, at.prompt));
    for (let offset = at.prompt; offset < AUDIO.length; offset += at.step) {
      output.write(AUDIO.subarray(offset, offset + at.step));
      await turn();
    }
    output.end();
    await once(body, 'end');
    assert.deepEqual(Buffer.concat(pieces), AUDIO);
    const written = (AUDIO.length - at.prompt) / at.step;
    assert.ok(pieces.length < written / 4, `${written} pieces became ${pieces.length}`);
  });

  it('delivers everything to a slow reader before it raises a failure', async () => {
    const output = new PassThrough();
    const { body, onClose } = bodyOver(output, FAILURE);
    const { writable, received } = slowReader();
    await Promise.all([produce(output), assert.rejects(pipeline(body, writable), FAILURE)]);
    assert.deepEqual(received(), AUDIO);
    assert.equal(onClose.mock.callCount(), 1);
  });

  it('delivers everything to an iterator before it raises a failure', async () => {
    const output = new PassThrough();
    const { body } = bodyOver(output, FAILURE);
    const [, { received, error }] = await Promise.all([produce(output), iterate(body)]);
    assert.equal(error, FAILURE);
    assert.deepEqual(received, AUDIO);
  });

  it('keeps unread audio when a failure is reported', async () => {
    const output = new PassThrough({ highWaterMark: 1 << 20 });
    await produce(output);
    const { body, outcome } = bodyOver(output, FAILURE);
    await once(body, 'readable');
    await eventually(() => assert.equal(outcome.mock.callCount(), 1));
    await turn();
    assert.equal(body.destroyed, false);
    const { received, error } = await iterate(body);
    assert.equal(error, FAILURE);
    assert.deepEqual(received, AUDIO);
  });

  it('delivers audio that was available before the first read', async () => {
    const output = new PassThrough({ highWaterMark: 1 << 20 });
    await produce(output);
    const { body } = bodyOver(output, FAILURE);
    await turn();
    const { received, error } = await iterate(body);
    assert.equal(error, FAILURE);
    assert.deepEqual(received, AUDIO);
  });

  it('fails with the outcome when the output itself fails', async () => {
    const output = new PassThrough();
    const { body } = bodyOver(output, FAILURE);
    output.write(AUDIO.subarray(0, 1_000));
    const [first] = (await once(body, 'data')) as [Buffer];
    output.destroy(new Error('EPIPE'));
    assert.equal((await once(body, 'error').catch((error: unknown) => [error]))[0], FAILURE);
    assert.deepEqual(first, AUDIO.subarray(0, 1_000));
  });

  it('fails without a byte when there is no output', async () => {
    const output = new PassThrough();
    const { body } = bodyOver(output, FAILURE);
    output.end();
    const { received, error } = await iterate(body);
    assert.equal(received.length, 0);
    assert.equal(error, FAILURE);
  });

  it('reads no more from ffmpeg than its reader reads', async () => {
    const output = new PassThrough({ highWaterMark: 20_000 });
    const { body } = bodyOver(output);
    const reader = new Writable({ highWaterMark: 1, write: () => undefined });
    body.pipe(reader);
    let written = 0;
    for (let round = 0; round < 50; round += 1) {
      if (!output.writableNeedDrain) written += output.write(AUDIO.subarray(0, 10_000)) ? 10_000 : 10_000;
      await turn();
    }
    assert.ok(written < 100_000, `${written} bytes were read`);
    body.destroy();
  });

  it('ends ffmpeg’s output and calls onClose once when it is destroyed early', async () => {
    const output = new PassThrough();
    const { body, onClose, outcome } = bodyOver(output, FAILURE);
    output.write(AUDIO);
    await once(body, 'readable');
    body.destroy();
    body.destroy();
    await once(body, 'close');
    await turn();
    assert.equal(output.destroyed, true);
    assert.equal(onClose.mock.callCount(), 1);
    assert.equal(outcome.mock.callCount(), 0);
  });

  it('stays destroyed when it is destroyed while the outcome is pending', async () => {
    const output = new PassThrough();
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    const onClose = mock.fn();
    const body = audioBody({ output, outcome: () => promise, onClose, ...PATIENT });
    body.resume();
    output.end(AUDIO);
    await once(output, 'end');
    body.destroy();
    resolve(FAILURE);
    await once(body, 'close');
    await turn();
    assert.equal(body.errored, null);
    assert.equal(onClose.mock.callCount(), 1);
  });
});
