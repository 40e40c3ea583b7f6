/** A box of an MP4 file, without its header (ISO/IEC 14496-12, 4.2). */
export type Mp4Box = { readonly type: string; readonly content: Buffer };

/** A box header: 32-bit size and type, or size 1 and a 64-bit size after the type (ISO/IEC 14496-12, 4.2). */
export const BOX_HEADER = { bytes: 8, largeBytes: 16 } as const;

/** The parsed header of a box. */
export type Mp4BoxHeader = {
  readonly type: string;
  /** Size with the header; 0 when the box extends to the end of the file or its size is cut off. */
  readonly bytes: number;
  readonly isLarge: boolean;
};

/** Reads the box header whose first 8 bytes are at `offset`. */
export function mp4BoxAt(prefix: Buffer, offset: number): Mp4BoxHeader {
  const type = prefix.toString('latin1', offset + 4, offset + BOX_HEADER.bytes);
  const size = prefix.readUInt32BE(offset);
  if (size !== 1) return { type, bytes: size, isLarge: false };
  const isWhole = prefix.length >= offset + BOX_HEADER.largeBytes;
  const bytes = isWhole ? Number(prefix.readBigUInt64BE(offset + BOX_HEADER.bytes)) : 0;
  return { type, bytes, isLarge: true };
}

/** Yields the complete boxes in `bytes`, in order. */
export function* mp4Boxes(bytes: Buffer): Generator<Mp4Box> {
  for (let at = 0; at + BOX_HEADER.bytes <= bytes.length; ) {
    const { type, bytes: size, isLarge } = mp4BoxAt(bytes, at);
    if (isLarge || size < BOX_HEADER.bytes || at + size > bytes.length) return;
    yield { type, content: bytes.subarray(at + BOX_HEADER.bytes, at + size) };
    at += size;
  }
}

/** Returns the content of the first box at a path of types; undefined if there is none. */
export function mp4Box(bytes: Buffer, ...[type, ...rest]: readonly string[]): Buffer | undefined {
  const found = mp4Boxes(bytes)
    .filter((box) => box.type === type)
    .next().value?.content;
  return found === undefined || rest.length === 0 ? found : mp4Box(found, ...rest);
}

/** Reads `length` bytes at `position` of the file; fewer if the file is shorter or `position` is too far. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export type Mp4Index = {
  /** The content of `moov`. */
  readonly moov: Buffer;
  /** The offset in the file at which it ends. */
  readonly end: number;
};

const MOST_BOXES = 32;
/** Enough for the index of ten hours of AAC. */
const MOST_BYTES = 8 << 20;

/** Finds the index of a file by its top-level boxes. Returns undefined if it is too far, too large or missing. */
export async function mp4Index(readAt: ReadAt): Promise<Mp4Index | undefined> {
  let position = 0;
  for (let boxes = 0; boxes < MOST_BOXES; boxes += 1) {
    const header = await readAt(position, BOX_HEADER.largeBytes);
    if (header.length < BOX_HEADER.largeBytes) return undefined;
    const { type, bytes: size, isLarge } = mp4BoxAt(header, 0);
    if (size < BOX_HEADER.bytes) return undefined;
    const end = position + size;
    if (type === 'moov') {
      if (isLarge || size > MOST_BYTES) return undefined;
      const contentBytes = size - BOX_HEADER.bytes;
      const moov = await readAt(position + BOX_HEADER.bytes, contentBytes);
      return moov.length < contentBytes ? undefined : { moov, end };
    }
    position = end;
  }
  return undefined;
}
