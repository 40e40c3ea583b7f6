import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { newestFirst, readCursor, writeCursor } from '#lib/work/cursor.ts';

const places = fc.record(
  {
    createdAt: fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }),
    id: fc.uuid({ version: 7 }),
  },
  { noNullPrototype: true },
);

describe('a cursor', () => {
  it('is parsed as it was written', () => {
    fc.assert(fc.property(places, (place) => assert.deepEqual(readCursor(writeCursor(place)), place)));
  });

  it('is refused when it was changed, or is other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.uuid()), (text) =>
        assert.equal(readCursor(text), undefined),
      ),
    );
    fc.assert(
      fc.property(places, fc.string({ minLength: 1 }), (place, more) => {
        assert.equal(readCursor(writeCursor(place) + more), undefined);
      }),
    );
  });

  it('orders newest first, and records of the same millisecond in a stable order', () => {
    fc.assert(
      fc.property(places, places, (one, other) => {
        assert.equal(Math.sign(newestFirst(one, other)), -Math.sign(newestFirst(other, one)) + 0);
        if (one.createdAt > other.createdAt) assert.ok(newestFirst(one, other) < 0);
        if (one.id !== other.id) assert.notEqual(newestFirst(one, other), 0);
      }),
    );
  });
});
