import {
  endsPacket,
  FIRST_PAGE,
  headerBytes,
  isOggPage,
  LAST_PAGE,
  OGG_CAPTURE,
  type OggPage,
  packetPieces,
  readOggPage,
} from './ogg-page.ts';
import { type OpusPacket, opusPacket } from './opus-packet.ts';

/** What the first bytes of an Ogg/Opus file show (RFC 7845). */
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
    audioAt: firstAudio.body - headerBytes(firstAudio),
    payloadShare: payload / audio.reduce((sum, page) => sum + headerBytes(page), payload),
  };
}

/** The end of an Ogg file: whose last page it is, and its time in samples; undefined when no page is whole in it. */
export function oggEnd(tail: Buffer): { readonly serial: number; readonly granule: number } | undefined {
  for (let at = tail.lastIndexOf(OGG_CAPTURE); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(OGG_CAPTURE, at - 1)) {
    const page = readOggPage(tail, at);
    // The mark may also stand within a packet: a page ends with the file, or where the next one begins.
    const isPage = page?.end === tail.length || (page !== undefined && isOggPage(tail, page.end));
    if (isPage && endsPacket(page)) return { serial: page.serial, granule: Number(page.granule) };
  }
  return undefined;
}

/** The whole pages that `head` begins with. */
function pagesIn(head: Buffer): OggPage[] {
  const pages: OggPage[] = [];
  for (let page = readOggPage(head, 0); page !== undefined; page = readOggPage(head, page.end)) pages.push(page);
  return pages;
}

/** The packets that end in these pages; undefined when one of them is none of Opus. */
function packetsOf(bytes: Buffer, pages: readonly OggPage[]): OpusPacket[] | undefined {
  const packets: OpusPacket[] = [];
  let start: Buffer | undefined;
  for (const piece of pages.flatMap((page) => packetPieces(bytes, page))) {
    // A packet's first bytes are enough.
    start ??= piece.bytes;
    if (!piece.isLast) continue;
    const packet = opusPacket(start);
    if (packet === undefined) return undefined;
    packets.push(packet);
    start = undefined;
  }
  return packets;
}

/** What was cut out of a longer stream keeps the time it had there; the last page may end within a packet. */
function beginsAtZero(bytes: Buffer, audio: readonly OggPage[]): boolean {
  const last = audio.findIndex(endsPacket);
  const page = audio[last];
  if (page === undefined) return false;
  const samples = packetsOf(bytes, audio.slice(0, last + 1))?.reduce((sum, packet) => sum + packet.samples, 0) ?? 0;
  return (page.flags & LAST_PAGE) === 0 ? Number(page.granule) === samples : Number(page.granule) <= samples;
}
