/** A box of an MP4 file, without its header (ISO/IEC 14496-12, 4.2). */
export type Mp4Box = { readonly type: string; readonly content: Buffer };

const HEADER_BYTES = 8;

/** The boxes that stand in `bytes` one behind another, as far as they are whole. */
export function* mp4Boxes(bytes: Buffer): Generator<Mp4Box> {
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (size < HEADER_BYTES || at + size > bytes.length) return;
    yield {
      type: bytes.toString('latin1', at + 4, at + HEADER_BYTES),
      content: bytes.subarray(at + HEADER_BYTES, at + size),
    };
    at += size;
  }
}

/** The first box at the end of a path of types; undefined where there is none. */
export function mp4Box(bytes: Buffer, ...[type, ...rest]: readonly string[]): Buffer | undefined {
  const found = mp4Boxes(bytes)
    .filter((box) => box.type === type)
    .next().value?.content;
  return found === undefined || rest.length === 0 ? found : mp4Box(found, ...rest);
}

/** Reads so many bytes from a place in the file; fewer when it is shorter, or when that is too far. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export type Mp4Index = {
  /** The content of `moov`. */
  readonly moov: Buffer;
  /** Where it ends in the file. */
  readonly end: number;
};

const LARGE_HEADER_BYTES = 16;
const MOST_BOXES = 32;
/** An index of ten hours of AAC. */
const MOST_BYTES = 8 << 20;

/** Finds a file's index by its top-level boxes; undefined when it is too far, too large or not there. */
export async function mp4Index(readAt: ReadAt): Promise<Mp4Index | undefined> {
  let position = 0;
  for (let boxes = 0; boxes < MOST_BOXES; boxes += 1) {
    const header = await readAt(position, LARGE_HEADER_BYTES);
    if (header.length < LARGE_HEADER_BYTES) return undefined;
    const short = header.readUInt32BE(0);
    const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short;
    if (size < HEADER_BYTES) return undefined;
    const end = position + size;
    if (header.toString('latin1', 4, HEADER_BYTES) === 'moov') {
      if (short === 1 || size > MOST_BYTES) return undefined;
      const moov = await readAt(position + HEADER_BYTES, size - HEADER_BYTES);
      return moov.length < size - HEADER_BYTES ? undefined : { moov, end };
    }
    position = end;
  }
  return undefined;
}
