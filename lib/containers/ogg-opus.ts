import { type OpusPacket, opusPacket } from './opus-packet.ts';

/** What the first bytes of an Ogg/Opus file tell (RFC 7845). */
export type OpusBeginning = {
  /** Of the one logical stream. */
  readonly serial: number;
  readonly channels: number;
  /** Samples at 48 kHz that come before the sound. */
  readonly preSkip: number;
  /** Its samples are heard as they are decoded: by no gain, and one for each channel. */
  readonly isPlain: boolean;
  /** Its time begins with its first packet. */
  readonly isWhole: boolean;
  readonly packets: readonly OpusPacket[];
  /** Where its audio begins, bytes. */
  readonly audioAt: number;
  /** Share of the audio pages' bytes that are audio. */
  readonly payloadShare: number;
};

type Page = {
  readonly flags: number;
  readonly granule: number;
  readonly serial: number;
  readonly lacings: Buffer;
  readonly body: number;
  readonly end: number;
};

/** RFC 3533, 6. */
const CAPTURE = 'OggS\0';
const HEADER_BYTES = 27;
const FIRST_PAGE = 0x02;
const LAST_PAGE = 0x04;
const LONGEST_LACING = 255;
/** Of the identification header (RFC 7845, 5.1). */
const OPUS_HEAD_BYTES = 19;

/** Undefined when that is no Ogg/Opus file, when more than one stream is in it, or when no audio has come yet. */
export function opusBeginning(head: Buffer): OpusBeginning | undefined {
  const pages = pagesIn(head);
  const [first] = pages;
  const others = pages.slice(1);
  if (first === undefined || (first.flags & FIRST_PAGE) === 0) return undefined;
  if (others.some(({ flags }) => (flags & FIRST_PAGE) !== 0)) return undefined;
  const opusHead = head.subarray(first.body, first.end);
  if (opusHead.length < OPUS_HEAD_BYTES || opusHead.toString('latin1', 0, 8) !== 'OpusHead') return undefined;
  const tagPages = others.findIndex((page) => endsPacket(page)) + 1;
  const audio = others.slice(tagPages);
  const [firstAudio] = audio;
  if (tagPages === 0 || firstAudio === undefined) return undefined;
  const packets = packetsOf(head, audio);
  if (packets === undefined) return undefined;
  const payload = audio.reduce((sum, { body, end }) => sum + end - body, 0);
  return {
    serial: first.serial,
    channels: opusHead.readUInt8(9),
    preSkip: opusHead.readUInt16LE(10),
    isPlain: opusHead.readUInt8(8) >> 4 === 0 && opusHead.readInt16LE(16) === 0 && opusHead.readUInt8(18) === 0,
    isWhole: beginsAtZero(head, audio),
    packets,
    audioAt: firstAudio.body - HEADER_BYTES - firstAudio.lacings.length,
    payloadShare: payload / audio.reduce((sum, { lacings }) => sum + HEADER_BYTES + lacings.length, payload),
  };
}

/** The end of an Ogg file: whose last page it is, and its time in samples; undefined when no page is whole in it. */
export function oggEnd(tail: Buffer): { readonly serial: number; readonly granule: number } | undefined {
  for (let at = tail.lastIndexOf(CAPTURE); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(CAPTURE, at - 1)) {
    const page = pageAt(tail, at);
    // The mark may also stand within a packet: a page ends with the file, or where the next one begins.
    const isPage = page?.end === tail.length || (page !== undefined && isMarked(tail, page.end));
    if (isPage && endsPacket(page)) return { serial: page.serial, granule: page.granule };
  }
  return undefined;
}

/** The whole pages that `head` begins with. */
function pagesIn(head: Buffer): Page[] {
  const pages: Page[] = [];
  for (let page = pageAt(head, 0); page !== undefined; page = pageAt(head, page.end)) pages.push(page);
  return pages;
}

function pageAt(bytes: Buffer, at: number): Page | undefined {
  if (bytes.length - at < HEADER_BYTES || !isMarked(bytes, at)) return undefined;
  const body = at + HEADER_BYTES + bytes.readUInt8(at + 26);
  const lacings = bytes.subarray(at + HEADER_BYTES, body);
  const end = lacings.reduce((sum, lacing) => sum + lacing, body);
  if (end > bytes.length) return undefined;
  return {
    flags: bytes.readUInt8(at + 5),
    granule: Number(bytes.readBigInt64LE(at + 6)),
    serial: bytes.readUInt32LE(at + 14),
    lacings,
    body,
    end,
  };
}

function isMarked(bytes: Buffer, at: number): boolean {
  return bytes.toString('latin1', at, at + CAPTURE.length) === CAPTURE;
}

function endsPacket({ lacings }: Page): boolean {
  return lacings.some((lacing) => lacing < LONGEST_LACING);
}

/** The packets that end in these pages; undefined when one of them is none of Opus. */
function packetsOf(bytes: Buffer, pages: readonly Page[]): OpusPacket[] | undefined {
  const packets: OpusPacket[] = [];
  let start: Buffer | undefined;
  for (const { lacings, body } of pages) {
    let at = body;
    for (const lacing of lacings) {
      // Its first piece tells all.
      start ??= bytes.subarray(at, at + lacing);
      at += lacing;
      if (lacing === LONGEST_LACING) continue;
      const packet = opusPacket(start);
      if (packet === undefined) return undefined;
      packets.push(packet);
      start = undefined;
    }
  }
  return packets;
}

/** What was cut out of a longer stream keeps the time it had there; the last page may end within a packet. */
function beginsAtZero(bytes: Buffer, audio: readonly Page[]): boolean {
  const last = audio.findIndex(endsPacket);
  const page = audio[last];
  if (page === undefined) return false;
  const samples = packetsOf(bytes, audio.slice(0, last + 1))?.reduce((sum, packet) => sum + packet.samples, 0) ?? 0;
  return (page.flags & LAST_PAGE) === 0 ? page.granule === samples : page.granule <= samples;
}
