import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import { audioBody } from '#lib/transcode/audio-body.ts';

/** A body of `bytes` bytes that is not being read yet. */
function untakenBody(readerTimeoutMs: number) {
  const output = new PassThrough({ highWaterMark: 1 << 20 });
  const stop = new AbortController();
  const body = audioBody({
    output,
    outcome: async () => undefined,
    readerTimeoutMs,
    stopped: stop.signal,
    gatherMs: 0,
    onBytes: () => undefined,
    onClose: () => undefined,
  });
  const broken = once(body, 'error').then(([error]) => error as Error);
  output.write(Buffer.alloc(100_000));
  return { output, stop, body, broken };
}

describe('an audio body that is not read', () => {
  it('fails with TIMEOUT after its limit', async () => {
    const { output, broken } = untakenBody(100);
    const error = await broken;
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'TIMEOUT');
    assert.deepEqual(error.details, { part: 'reader', limit_seconds: 0.1 });
    assert.equal(output.destroyed, true);
  });

  it('fails soon once no more audio is produced', async () => {
    const { stop, body, broken } = untakenBody(600_000);
    await once(body, 'readable');
    stop.abort();
    assert.equal(((await broken) as AppError).code, 'TIMEOUT');
  });

  it('does not fail while it is read, however slowly', async () => {
    const { output, body, broken } = untakenBody(400);
    const received: Buffer[] = [];
    for (let round = 0; round < 8; round += 1) {
      // Longer than the limit in total: this tests the pauses between reads.
      const outcome = await Promise.race([broken, delay(100)]);
      assert.equal(outcome, undefined);
      received.push(body.read() ?? Buffer.alloc(0));
      output.write(Buffer.alloc(100_000));
    }
    output.end();
    for await (const chunk of body) received.push(chunk as Buffer);
    assert.equal(Buffer.concat(received).length, 900_000);
  });

  it('does not fail while ffmpeg produces nothing', async () => {
    const { output, body } = untakenBody(100);
    const received: Buffer[] = [];
    body.on('data', (chunk: Buffer) => received.push(chunk));
    await delay(400);
    output.end(Buffer.alloc(1_000));
    await once(body, 'end');
    assert.equal(Buffer.concat(received).length, 101_000);
  });
});
