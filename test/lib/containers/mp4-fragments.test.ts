import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mp4Codec } from '#lib/containers/mp4-codec.ts';
import { mp4Fragments } from '#lib/containers/mp4-fragments.ts';

const u32 = (...values: number[]) =>
  Buffer.concat(values.map((value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])));
const u64 = (value: number) => u32(0, value);
const box = (type: string, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([u32(content.length + 8), Buffer.from(type, 'latin1'), content]);
};

const KEY = 0x02000000;
const OTHER = 0x01010000;
const avcC = box('avcC', Buffer.from([1, 0x64, 0, 0x1f]));
const stsd = box('stsd', u32(0, 1), box('avc1', Buffer.alloc(78), avcC));
const trak = box('trak', box('mdia', box('mdhd', u32(0, 0, 0, 12_800, 0)), box('minf', box('stbl', stsd))));
const moov = box('moov', trak, box('mvex', box('trex', u32(0, 1, 1, 512, 0, OTHER))));
const head = Buffer.concat([box('ftyp', Buffer.from('iso6')), moov]);
const index = box('sidx', Buffer.alloc(40));

/** A fragment whose run has only what `fields` says. */
function fragment(start: number, run: Buffer, header = u32(0, 1)): Buffer {
  const traf = box('traf', box('tfhd', header), box('tfdt', u32(0x01000000), u64(start)), box('trun', run));
  return Buffer.concat([box('moof', box('mfhd', u32(0, 1)), traf), box('mdat', Buffer.alloc(100))]);
}

/** Three samples: the first one is a key, all others as the track says. */
const FIRST_FLAGS = fragment(0, u32(0x004, 3, KEY));
/** Two samples with durations, sizes, flags and shifts of their own. */
const OWN = fragment(1_536, u32(0xf01, 2, 0, 500, 9, KEY, 0, 600, 9, OTHER, 0));
/** Four samples, and defaults in the header of the fragment. */
const DEFAULTS = fragment(2_636, u32(0, 4), u32(0x2a, 1, 1, 256, OTHER));

const read = (file: Buffer) => mp4Fragments(async (position, length) => file.subarray(position, position + length));
const FILE = Buffer.concat([head, index, FIRST_FLAGS, OWN, DEFAULTS, box('mfra')]);

describe('the fragments of an MP4 file', () => {
  it('are found with their times, their samples, and whether they begin with a key frame', async () => {
    const found = await read(FILE);
    assert.deepEqual(
      [found?.head, found?.index, found?.timescale],
      [{ offset: 0, bytes: head.length }, { offset: head.length, bytes: index.length }, 12_800],
    );
    assert.deepEqual(
      found?.fragments.map(({ start, length, samples, startsWithKey }) => [start, length, samples, startsWithKey]),
      [
        [0, 1_536, 3, true],
        [1_536, 1_100, 2, true],
        [2_636, 1_024, 4, false],
      ],
    );
    const [first, second] = found?.fragments ?? [];
    assert.equal(first?.offset, head.length + index.length);
    assert.equal(first?.bytes, FIRST_FLAGS.length);
    assert.equal(second?.offset, (first?.offset ?? 0) + FIRST_FLAGS.length);
    assert.equal(mp4Codec(found?.moov ?? Buffer.alloc(0)), 'avc1.64001f');
  });

  it('are not found without an index in front, in a file with two tracks, and in any other file', async () => {
    const files = [
      Buffer.concat([head, FIRST_FLAGS]),
      Buffer.concat([box('moov', trak, trak, box('mvex', box('trex', u32(0, 1, 1, 512, 0, 0)))), index, FIRST_FLAGS]),
      Buffer.concat([head, index, box('free'), FIRST_FLAGS]),
      Buffer.from('no MP4 file at all, but a text of some length'),
    ];
    for (const file of files) assert.equal(await read(file), undefined);
  });

  it('never throw, whatever is cut off or changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(FILE.length),
        fc.array(fc.tuple(fc.nat(FILE.length - 1), fc.nat(255)), { maxLength: 6 }),
        async (length, changes) => {
          const file = Buffer.from(FILE);
          for (const [at, value] of changes) file[at] = value;
          const found = await read(file.subarray(0, length));
          if (found !== undefined) mp4Codec(found.moov);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
