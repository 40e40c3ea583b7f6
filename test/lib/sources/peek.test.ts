import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { peek } from '#lib/sources/peek.ts';
import '../../support/fixed-seed.ts';

const NEVER = new AbortController().signal;

/** A stream that yields each piece in a separate turn of the event loop. */
function streamOf(pieces: readonly Uint8Array[]): Readable {
  const left = pieces.filter(({ length }) => length > 0);
  return new Readable({
    highWaterMark: 16,
    read() {
      setImmediate(() => this.push(left.shift() ?? null));
    },
  });
}

describe('peeking', () => {
  it('returns the beginning of a stream and leaves it there', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 3 }), async (parts, looks) => {
        const whole = Buffer.concat(parts);
        const stream = streamOf(parts);
        for (const bytes of looks) {
          if (whole.length > 0) assert.deepEqual(await peek(stream, bytes, NEVER), whole.subarray(0, bytes));
        }
        assert.deepEqual(await buffer(stream), whole);
      }),
    );
  });

  it('returns nothing for an empty stream or one that has ended', async () => {
    const stream = streamOf([]);
    assert.equal((await peek(stream, 10, NEVER)).length, 0);
    assert.equal((await buffer(stream)).length, 0);
    assert.equal((await peek(stream, 10, NEVER)).length, 0);
  });

  it('stops when the signal is aborted, and leaves what has arrived', async () => {
    const stream = new PassThrough();
    const impatience = new AbortController();
    stream.write('a');
    const looking = peek(stream, 10, impatience.signal);
    impatience.abort();
    assert.equal((await looking).length, 0);
    assert.equal((await peek(stream, 1, AbortSignal.abort())).length, 0);
    stream.end('b');
    assert.equal((await buffer(stream)).toString(), 'ab');
  });

  it('returns nothing for a stream that fails', async () => {
    const stream = new PassThrough();
    stream.on('error', () => undefined);
    const looking = peek(stream, 10, NEVER);
    stream.destroy(new Error('broken'));
    assert.equal((await looking).length, 0);
    assert.equal((await peek(stream, 10, NEVER)).length, 0);
  });
});
