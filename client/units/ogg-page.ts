/** A page of an Ogg stream (RFC 3533, 6). */
export type OggPage = {
  readonly flags: number;
  readonly granule: bigint;
  readonly serial: number;
  /** The packets that end in it; none of them begins in another page. */
  readonly packets: readonly Buffer[];
};

export const LAST_PAGE = 0x04;
/** The granule position of a page that no packet ends in. */
export const NO_GRANULE = -1n;
const CONTINUED = 0x01;
const HEADER_BYTES = 27;
const CAPTURE = 'OggS';
const LONGEST_LACING = 255;

/** The page that begins there, and its length; undefined while it is not whole. Throws an Error when there is none. */
export function readOggPage(bytes: Buffer, at: number): { page: OggPage; length: number } | undefined {
  // Whatever begins another way is told at once, however short it is.
  if (!CAPTURE.startsWith(bytes.toString('latin1', at, at + CAPTURE.length))) throw notOgg();
  if (bytes.length - at < HEADER_BYTES) return undefined;
  const flags = bytes[at + 5] ?? 0;
  const segments = bytes[at + 26] ?? 0;
  if ((flags & CONTINUED) !== 0) throw notOgg();
  const lacings = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + segments);
  const body = at + HEADER_BYTES + segments;
  const length = HEADER_BYTES + segments + lacings.reduce((sum, lacing) => sum + lacing, 0);
  if (bytes.length - at < length) return undefined;
  const packets: Buffer[] = [];
  let from = body;
  let to = body;
  for (const lacing of lacings) {
    to += lacing;
    if (lacing === LONGEST_LACING) continue;
    packets.push(bytes.subarray(from, to));
    from = to;
  }
  if (from !== to) throw notOgg();
  const page = { flags, granule: bytes.readBigInt64LE(at + 6), serial: bytes.readUInt32LE(at + 14), packets };
  return { page, length };
}

export function writeOggPage({ flags, granule, serial, packets }: OggPage, sequence: number): Buffer {
  const lacings = packets.flatMap(({ length }) => [
    ...Array<number>(Math.floor(length / LONGEST_LACING)).fill(LONGEST_LACING),
    length % LONGEST_LACING,
  ]);
  const header = Buffer.alloc(HEADER_BYTES + lacings.length);
  header.write(CAPTURE, 'latin1');
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

function notOgg(): Error {
  return new Error('that is no Ogg whose packets are each in one page');
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
