import assert from 'node:assert/strict';
import { type Sniffed, sniff } from '#lib/containers/sniff.ts';

/** Sniffs like a reader that reads only the requested number of bytes. */
export function sniffSparingly(media: Buffer): { sniffed: Sniffed; bytes: number } {
  for (let bytes = 0; ; ) {
    const ended = bytes >= media.length;
    const sniffed = sniff(media.subarray(0, bytes), { ended });
    if (sniffed.kind !== 'need_more') return { sniffed, bytes };
    assert.ok(!ended, 'it requests more bytes than there are');
    assert.ok(sniffed.bytes > bytes, 'it requests bytes that it already has');
    bytes = sniffed.bytes;
  }
}

export function recognised(container: string, demuxer: string, index = 'first') {
  return { kind: 'recognised', container, demuxer, index };
}
