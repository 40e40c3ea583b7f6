import { mp4Box, mp4Boxes } from './mp4-boxes.ts';

/** What the index of an MP4 contains about its first audio track, if that is AAC. */
export type Mp4Sound = {
  /** Samples before the audio, which the only edit skips; 0 without an edit. */
  readonly priming: number;
  /** The first 16 bits of the AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
  readonly config: number;
};

/** Offsets in an audio sample entry: of its version, and of the boxes after its fixed part. */
const SAMPLE_ENTRY = { versionAt: 8, bytes: 28 } as const;
/** Version and flags of a full box. */
const FULL_BOX_BYTES = 4;
const UNIT_RATE = 0x00010000;

/**
 * Returns undefined when there is no such track, when the index does not cover all samples (fragments), when edits do
 * more than skip the beginning and the end, or when iTunes metadata describes further padding.
 */
export function mp4Sound(moov: Buffer): Mp4Sound | undefined {
  if (mp4Box(moov, 'mvex') !== undefined || moov.includes('iTunSMPB')) return undefined;
  const track = mp4Boxes(moov).find(
    ({ type, content }) => type === 'trak' && mp4Box(content, 'mdia', 'hdlr')?.toString('latin1', 8, 12) === 'soun',
  )?.content;
  if (track === undefined) return undefined;
  const priming = primingOf(mp4Box(track, 'edts', 'elst'));
  const entries = mp4Box(track, 'mdia', 'minf', 'stbl', 'stsd');
  const config = entries === undefined ? undefined : soundConfig(entries);
  return priming === undefined || config === undefined ? undefined : { priming, config };
}

/** ISO/IEC 14496-12, 8.6.6: duration and media time of one edit, of 32 or 64 bits by version, and its rate. */
function primingOf(edits: Buffer | undefined): number | undefined {
  if (edits === undefined) return 0;
  const width = edits[0] === 1 ? 8 : 4;
  const at = FULL_BOX_BYTES + 4;
  if (edits.length !== at + 2 * width + 4 || edits.readUInt32BE(FULL_BOX_BYTES) !== 1) return undefined;
  if (edits.readUInt32BE(at + 2 * width) !== UNIT_RATE) return undefined;
  const place = width === 8 ? Number(edits.readBigInt64BE(at + width)) : edits.readInt32BE(at + width);
  return place < 0 ? undefined : place;
}

/** Returns the first 16 bits of the config of the only sample entry, if it is AAC. `entries`: the content of `stsd`. */
export function soundConfig(entries: Buffer): number | undefined {
  if (entries.length < FULL_BOX_BYTES + 4 || entries.readUInt32BE(FULL_BOX_BYTES) !== 1) return undefined;
  const entry = mp4Box(entries.subarray(FULL_BOX_BYTES + 4), 'mp4a');
  if (entry === undefined || entry.length < SAMPLE_ENTRY.bytes || entry.readUInt16BE(SAMPLE_ENTRY.versionAt) !== 0) {
    return undefined;
  }
  const esds = mp4Box(entry.subarray(SAMPLE_ENTRY.bytes), 'esds');
  const decoder = esds === undefined ? undefined : descriptor(esds.subarray(FULL_BOX_BYTES), ES)?.subarray(3);
  const config = decoder === undefined ? undefined : descriptor(decoder, DECODER)?.subarray(13);
  const specific = config === undefined ? undefined : descriptor(config, SPECIFIC);
  return specific === undefined || specific.length < 2 ? undefined : specific.readUInt16BE(0);
}

/** Tags of descriptors (ISO/IEC 14496-1, 7.2.2.1). */
const ES = 3;
const DECODER = 4;
const SPECIFIC = 5;

/** Returns the content of the descriptor at the start of `bytes` if it has this tag. Its length has 7 bits a byte. */
function descriptor(bytes: Buffer, tag: number): Buffer | undefined {
  if (bytes[0] !== tag) return undefined;
  let length = 0;
  for (let at = 1; at <= 4; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    length = length * 128 + (byte & 0x7f);
    if (byte < 0x80) return bytes.subarray(at + 1, at + 1 + length);
  }
  return undefined;
}
