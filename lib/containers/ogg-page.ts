/** A page of an Ogg stream (RFC 3533, 6), as offsets into its buffer. */
export type OggPage = {
  readonly flags: number;
  readonly granule: bigint;
  readonly serial: number;
  readonly lacings: Buffer;
  /** Offsets of the first byte after the header, and of the byte after the page. */
  readonly body: number;
  readonly end: number;
};

/** The bytes of a packet in one page, and whether the packet ends there. */
export type PacketPiece = { readonly bytes: Buffer; readonly isLast: boolean };

export const CONTINUED_PAGE = 0x01;
export const FIRST_PAGE = 0x02;
export const LAST_PAGE = 0x04;
/** The granule position of a page in which no packet ends. */
export const NO_GRANULE = -1n;
/** The capture pattern at the start of a page, with the version, 0. */
export const OGG_CAPTURE = 'OggS\0';
const HEADER_BYTES = 27;
const LONGEST_LACING = 255;

/** Returns the page at an offset; undefined if there is none or it is incomplete. */
export function readOggPage(bytes: Buffer, at: number): OggPage | undefined {
  if (bytes.length - at < HEADER_BYTES || !isOggPage(bytes, at)) return undefined;
  const body = at + HEADER_BYTES + bytes.readUInt8(at + 26);
  const lacings = bytes.subarray(at + HEADER_BYTES, body);
  const end = lacings.reduce((sum, lacing) => sum + lacing, body);
  if (end > bytes.length) return undefined;
  return {
    flags: bytes.readUInt8(at + 5),
    granule: bytes.readBigInt64LE(at + 6),
    serial: bytes.readUInt32LE(at + 14),
    lacings,
    body,
    end,
  };
}

export function isOggPage(bytes: Buffer, at: number): boolean {
  return bytes.toString('latin1', at, at + OGG_CAPTURE.length) === OGG_CAPTURE;
}

export function headerBytes({ lacings }: OggPage): number {
  return HEADER_BYTES + lacings.length;
}

export function endsPacket({ lacings }: OggPage): boolean {
  return lacings.some((lacing) => lacing < LONGEST_LACING);
}

/** Returns the pieces of packets in a page, in order. */
export function packetPieces(bytes: Buffer, { lacings, body, end }: OggPage): PacketPiece[] {
  const pieces: PacketPiece[] = [];
  let from = body;
  let to = body;
  for (const lacing of lacings) {
    to += lacing;
    if (lacing === LONGEST_LACING) continue;
    pieces.push({ bytes: bytes.subarray(from, to), isLast: true });
    from = to;
  }
  if (from < end) pieces.push({ bytes: bytes.subarray(from, end), isLast: false });
  return pieces;
}

export type NewOggPage = Pick<OggPage, 'flags' | 'granule' | 'serial'> & {
  readonly sequence: number;
  /** Complete packets: they all begin and end in this page. */
  readonly packets: readonly Buffer[];
};

export function writeOggPage({ flags, granule, serial, sequence, packets }: NewOggPage): Buffer {
  const lacings = packets.flatMap(({ length }) => [
    ...Array<number>(Math.floor(length / LONGEST_LACING)).fill(LONGEST_LACING),
    length % LONGEST_LACING,
  ]);
  const header = Buffer.alloc(HEADER_BYTES + lacings.length);
  header.write(OGG_CAPTURE, 'latin1');
  header[5] = flags;
  header.writeBigInt64LE(granule, 6);
  header.writeUInt32LE(serial, 14);
  header.writeUInt32LE(sequence, 18);
  header[26] = lacings.length;
  header.set(lacings, HEADER_BYTES);
  const page = Buffer.concat([header, ...packets]);
  page.writeUInt32LE(checksum(page), 22);
  return page;
}

/** CRC-32 of the polynomial 0x04c11db7, neither reflected nor inverted. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

function checksum(page: Buffer): number {
  let crc = 0;
  for (const byte of page) crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}
