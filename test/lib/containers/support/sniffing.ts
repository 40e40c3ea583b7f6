import assert from 'node:assert/strict';
import { type Sniffed, sniff } from '#lib/containers/sniff.ts';

/** Sniffs as a reader does that gets only as many bytes as were asked for. */
export function sniffSparingly(media: Buffer): { sniffed: Sniffed; bytes: number } {
  for (let bytes = 0; ; ) {
    const ended = bytes >= media.length;
    const sniffed = sniff(media.subarray(0, bytes), { ended });
    if (sniffed.kind !== 'need_more') return { sniffed, bytes };
    assert.ok(!ended, 'asks for more than there is');
    assert.ok(sniffed.bytes > bytes, 'asks for what it has');
    bytes = sniffed.bytes;
  }
}

export function recognised(container: string, demuxer: string, index = 'first') {
  return { kind: 'recognised', container, demuxer, index };
}
