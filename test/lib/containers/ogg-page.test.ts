import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packetPieces, readOggPage, writeOggPage } from '#lib/containers/ogg-page.ts';

const packets = fc.array(
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 20 },
);
const fields = { flags: 4, granule: -1n, serial: 7, sequence: 3 };

describe('an Ogg page', () => {
  it('is read as it was written, at any offset', () => {
    fc.assert(
      fc.property(packets, fc.nat(40), (whole, at) => {
        const written = writeOggPage({ ...fields, packets: whole });
        const bytes = Buffer.concat([Buffer.alloc(at), written, Buffer.from('OggS')]);
        const page = readOggPage(bytes, at) ?? assert.fail('no page');
        const { flags, granule, serial, end } = page;
        assert.deepEqual({ flags, granule, serial, end }, { flags: 4, granule: -1n, serial: 7, end: bytes.length - 4 });
        assert.deepEqual(
          packetPieces(bytes, page),
          whole.map((piece) => ({ bytes: piece, isLast: true })),
        );
      }),
    );
  });

  it('is not read while a byte of it is missing', () => {
    const written = writeOggPage({ ...fields, packets: [Buffer.alloc(300)] });
    for (let length = 0; length < written.length; length += 1) {
      assert.equal(readOggPage(written.subarray(0, length), 0), undefined);
    }
  });

  it('can contain a part of a packet that continues in the next page', () => {
    const written = writeOggPage({ ...fields, packets: [Buffer.alloc(3, 1), Buffer.alloc(255, 2)] });
    // The last lacing value marks the end of the packet: without it, 255 bytes are only its beginning.
    const open = Buffer.concat([written.subarray(0, 29), written.subarray(30)]);
    open[26] = 2;
    const page = readOggPage(open, 0) ?? assert.fail('no page');
    assert.deepEqual(
      packetPieces(open, page).map(({ bytes, isLast }) => [bytes.length, isLast]),
      [
        [3, true],
        [255, false],
      ],
    );
  });
});
