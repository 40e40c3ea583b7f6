import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MEBIBYTE } from '#lib/bytes.ts';
import { PLAIN_UPLOAD_BYTES, partsOf } from '#lib/storage/upload-parts.ts';

/** The limits of S3. */
const SMALLEST_PART = 5 * MEBIBYTE;
const LARGEST_PART = 5 * 1_024 * MEBIBYTE;
const LARGEST_OBJECT = 5 * 1_024 * 1_024 * MEBIBYTE;

describe('the parts of an upload', () => {
  it('cover all of it, are numbered from 1, and are within the limits of S3', () => {
    fc.assert(
      fc.property(fc.integer({ min: PLAIN_UPLOAD_BYTES + 1, max: LARGEST_OBJECT }), (bytes) => {
        const { partBytes, parts } = partsOf(bytes);
        assert.equal(
          parts.reduce((sum, part) => sum + part.bytes, 0),
          bytes,
        );
        assert.ok(parts.length > 1 && parts.length <= 1_024);
        for (const [index, part] of parts.entries()) {
          assert.equal(part.partNumber, index + 1);
          assert.ok(part.bytes > 0 && part.bytes <= LARGEST_PART);
          if (index < parts.length - 1) assert.ok(part.bytes === partBytes && partBytes >= SMALLEST_PART);
        }
      }),
    );
  });

  it('have the size of the largest single PUT, unless there would be too many', () => {
    assert.equal(partsOf(PLAIN_UPLOAD_BYTES + 1).partBytes, PLAIN_UPLOAD_BYTES);
    assert.equal(partsOf(1_024 * PLAIN_UPLOAD_BYTES).parts.length, 1_024);
    assert.equal(partsOf(1_024 * PLAIN_UPLOAD_BYTES + 1).partBytes, PLAIN_UPLOAD_BYTES + MEBIBYTE);
  });
});
