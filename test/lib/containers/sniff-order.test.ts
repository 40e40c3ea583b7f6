import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sniff } from '#lib/containers/sniff.ts';
import { makeTone } from '../sources/support/media.ts';
import { recognised, sniffSparingly } from './support/sniffing.ts';

describe('sniffing the order of MP4 boxes', () => {
  const ftyp = box('ftyp', Buffer.from('M4A \0\0\0\0'));
  const cases: [name: string, boxes: Buffer[], index: 'first' | 'last'][] = [
    ['the index first', [ftyp, box('moov', Buffer.alloc(100)), box('mdat', Buffer.alloc(1000))], 'first'],
    ['the media first', [ftyp, box('mdat', Buffer.alloc(1000)), box('moov', Buffer.alloc(100))], 'last'],
    ['100 KB of padding, then the media', [ftyp, box('free', Buffer.alloc(100_000)), box('mdat')], 'last'],
    ['100 KB of padding, then the index', [ftyp, box('uuid', Buffer.alloc(100_000)), box('moov')], 'first'],
    ['a 64-bit box of padding, then the index', [ftyp, largeBox('free', Buffer.alloc(70_000)), box('moov')], 'first'],
    ['no file type, as in old QuickTime', [box('wide'), box('mdat', Buffer.alloc(500))], 'last'],
    ['the media up to the end of the file', [ftyp, Buffer.from('\0\0\0\0mdat')], 'last'],
    ['a 64-bit box of media', [ftyp, largeBox('mdat', Buffer.alloc(1000))], 'last'],
    ['a fragment', [box('styp', Buffer.from('msdh\0\0\0\0')), box('moof', Buffer.alloc(100))], 'first'],
    [
      '2 MB before the index, which is beyond the limit',
      [ftyp, box('free', Buffer.alloc(2_000_000)), box('moov')],
      'last',
    ],
    ['more boxes than the limit', [ftyp, ...Array.from({ length: 999 }, () => box('free')), box('moov')], 'last'],
    ['an impossible box', [ftyp, Buffer.from('\0\0\0\x03free'), Buffer.alloc(99)], 'last'],
  ];
  for (const [name, boxes, index] of cases) {
    it(`finds the index ${index} after ${name}`, () => {
      assert.deepEqual(sniffSparingly(Buffer.concat(boxes)).sniffed, recognised('mp4', 'mov', index));
    });
  }

  it('refuses images in MP4 boxes', () => {
    const heic = Buffer.concat([box('ftyp', Buffer.from('heic\0\0\0\0')), box('meta', Buffer.alloc(100))]);
    assert.deepEqual(sniff(heic, { ended: true }), { kind: 'refused', reason: 'an image' });
  });

  it('finds the packet table of a CAF at the end, where ffmpeg writes it', () => {
    const caf = makeTone('a.caf', ['-c:a', 'libopus']);
    assert.deepEqual(sniffSparingly(caf).sniffed, recognised('caf', 'caf', 'last'));
  });
});

function box(type: string, content = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + content.length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}

function largeBox(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(1);
  header.write(type, 4, 'latin1');
  header.writeBigUInt64BE(BigInt(16 + content.length), 8);
  return Buffer.concat([header, content]);
}
