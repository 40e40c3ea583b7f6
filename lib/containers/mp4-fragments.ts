import { BOX_HEADER, mp4Box, mp4BoxAt, mp4Boxes, mp4Index, type ReadAt } from './mp4-boxes.ts';

/** A part of a file, bytes. */
export type ByteRange = { readonly offset: number; readonly bytes: number };

/** A fragment, with its media: a segment of a player. */
export type Mp4Fragment = ByteRange & {
  /** Where it begins and how long it is, in the time scale of its track. */
  readonly start: number;
  readonly length: number;
  readonly samples: number;
  /** Whether its first sample can be decoded without earlier ones. */
  readonly startsWithKey: boolean;
};

/** How a fragmented file with one track is laid out (ISO/IEC 14496-12, 8.8). */
export type Mp4Fragments = {
  /** What a decoder needs before the first fragment. */
  readonly head: ByteRange;
  /** The content of `moov`. */
  readonly moov: Buffer;
  /** The index of all fragments, `sidx`. */
  readonly index: ByteRange;
  /** Units of time per second. */
  readonly timescale: number;
  readonly fragments: readonly Mp4Fragment[];
};

/** Four hours have 3,600 segments of four seconds. */
const MOST_FRAGMENTS = 10_000;
/** Ten seconds of 60 frames need 10 kB. */
const MOST_BYTES = 1 << 20;

/** Reads how a file is cut. Returns undefined when it has no fragments, several tracks, or no index before its fragments. */
export async function mp4Fragments(readAt: ReadAt): Promise<Mp4Fragments | undefined> {
  const found = await mp4Index(readAt);
  if (found === undefined) return undefined;
  const { moov, end } = found;
  const track = trackOf(moov);
  const indexHeader = await readAt(end, BOX_HEADER.largeBytes);
  if (track === undefined || indexHeader.length < BOX_HEADER.largeBytes) return undefined;
  const index = mp4BoxAt(indexHeader, 0);
  if (index.type !== 'sidx' || index.isLarge || index.bytes < BOX_HEADER.bytes) return undefined;
  const fragments: Mp4Fragment[] = [];
  let position = end + index.bytes;
  while (fragments.length < MOST_FRAGMENTS) {
    const fragment = await fragmentAt(readAt, position, track.defaults);
    if (fragment === 'end') {
      const layout = { head: { offset: 0, bytes: end }, index: { offset: end, bytes: index.bytes } };
      return { ...layout, moov, timescale: track.timescale, fragments };
    }
    if (fragment === undefined) return undefined;
    fragments.push(fragment);
    position += fragment.bytes;
  }
  return undefined;
}

/** What a sample has unless its fragment says otherwise. */
type Defaults = { readonly duration: number; readonly flags: number };

const FULL_BOX_BYTES = 4;

function trackOf(moov: Buffer): { readonly timescale: number; readonly defaults: Defaults } | undefined {
  const tracks = [...mp4Boxes(moov)].filter(({ type }) => type === 'trak');
  const header = mp4Box(moov, 'trak', 'mdia', 'mdhd');
  const extends_ = mp4Box(moov, 'mvex', 'trex');
  if (tracks.length !== 1 || header === undefined || extends_ === undefined || extends_.length < 24) return undefined;
  // Two times precede it, of 32 or 64 bits by version.
  const at = FULL_BOX_BYTES + (header[0] === 1 ? 16 : 8);
  if (header.length < at + 4 || header.readUInt32BE(at) === 0) return undefined;
  const defaults = { duration: extends_.readUInt32BE(12), flags: extends_.readUInt32BE(20) };
  return { timescale: header.readUInt32BE(at), defaults };
}

/** Reads `moof` and the size of its `mdat`. What follows the last fragment is no fragment. */
async function fragmentAt(
  readAt: ReadAt,
  position: number,
  defaults: Defaults,
): Promise<Mp4Fragment | 'end' | undefined> {
  const header = await readAt(position, BOX_HEADER.largeBytes);
  if (header.length < BOX_HEADER.bytes) return 'end';
  const { type, bytes, isLarge } = mp4BoxAt(header, 0);
  if (type !== 'moof') return type === 'mfra' ? 'end' : undefined;
  if (isLarge || bytes < BOX_HEADER.bytes || bytes > MOST_BYTES) return undefined;
  // With the header of the box of media that follows.
  const moof = await readAt(position, bytes + BOX_HEADER.largeBytes);
  if (moof.length < bytes + BOX_HEADER.bytes) return undefined;
  const media = mp4BoxAt(moof, bytes);
  if (media.type !== 'mdat' || media.bytes < BOX_HEADER.bytes) return undefined;
  const run = runIn(moof.subarray(BOX_HEADER.bytes, bytes), defaults);
  return run && { offset: position, bytes: bytes + media.bytes, ...run };
}

/** Flags of `tfhd` and `trun`, which say what is in them (ISO/IEC 14496-12, 8.8.7 and 8.8.8). */
const HEADER_FIELDS = { base: 0x01, description: 0x02, duration: 0x08, size: 0x10, flags: 0x20 } as const;
const RUN_FIELDS = { offset: 0x01, first: 0x04, duration: 0x100, size: 0x200, flags: 0x400, shift: 0x800 } as const;
/** Of the flags of a sample: it needs others to be decoded. */
const NOT_A_KEY = 0x10000;

function runIn(moof: Buffer, defaults: Defaults): Omit<Mp4Fragment, keyof ByteRange> | undefined {
  const header = mp4Box(moof, 'traf', 'tfhd');
  const time = mp4Box(moof, 'traf', 'tfdt');
  const run = mp4Box(moof, 'traf', 'trun');
  const own = header === undefined ? undefined : ownDefaults(header, defaults);
  const hasTime = time !== undefined && time.length >= FULL_BOX_BYTES + (time[0] === 1 ? 8 : 4);
  if (own === undefined || !hasTime || run === undefined || run.length < 2 * FULL_BOX_BYTES) return undefined;
  const start = time[0] === 1 ? Number(time.readBigUInt64BE(FULL_BOX_BYTES)) : time.readUInt32BE(FULL_BOX_BYTES);
  const fields = run.readUInt32BE(0) & 0xffffff;
  const samples = run.readUInt32BE(FULL_BOX_BYTES);
  const has = (field: keyof typeof RUN_FIELDS): number => ((fields & RUN_FIELDS[field]) === 0 ? 0 : 1);
  let at = FULL_BOX_BYTES + 4 + 4 * has('offset');
  const width = 4 * (has('duration') + has('size') + has('flags') + has('shift'));
  if (samples === 0 || run.length < at + 4 * has('first') + width * samples) return undefined;
  const stated = has('first') === 1 ? run.readUInt32BE(at) : undefined;
  at += 4 * has('first');
  const flags = stated ?? (has('flags') === 1 ? run.readUInt32BE(at + 4 * (has('duration') + has('size'))) : own.flags);
  // Any number of samples may be stated where nothing is stored of each.
  let length = has('duration') === 1 ? 0 : samples * own.duration;
  for (let sample = 0; has('duration') === 1 && sample < samples; sample += 1) {
    length += run.readUInt32BE(at + sample * width);
  }
  return { start, length, samples, startsWithKey: (flags & NOT_A_KEY) === 0 };
}

function ownDefaults(header: Buffer, { duration, flags }: Defaults): Defaults | undefined {
  if (header.length < FULL_BOX_BYTES + 4) return undefined;
  const fields = header.readUInt32BE(0) & 0xffffff;
  const has = (field: keyof typeof HEADER_FIELDS): boolean => (fields & HEADER_FIELDS[field]) !== 0;
  let at = FULL_BOX_BYTES + 4 + (has('base') ? 8 : 0) + (has('description') ? 4 : 0);
  const most = at + (has('duration') ? 4 : 0) + (has('size') ? 4 : 0) + (has('flags') ? 4 : 0);
  if (header.length < most) return undefined;
  const take = (field: 'duration' | 'size' | 'flags', otherwise: number): number => {
    if (!has(field)) return otherwise;
    at += 4;
    return header.readUInt32BE(at - 4);
  };
  const found = { duration: take('duration', duration), size: take('size', 0), flags: take('flags', flags) };
  return { duration: found.duration, flags: found.flags };
}
