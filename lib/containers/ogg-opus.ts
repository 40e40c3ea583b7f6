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
  /** Serial number of the only logical stream. */
  readonly serial: number;
  readonly channels: number;
  /** Samples at 48 kHz before the audio. */
  readonly preSkip: number;
  /** Whether decoded samples are played unchanged: no gain, and one stream channel per output channel. */
  readonly isPlain: boolean;
  /** Whether its time starts at its first packet. */
  readonly isWhole: boolean;
  readonly packets: readonly OpusPacket[];
  /** Offset of its audio, bytes. */
  readonly audioAt: number;
  /** Share of the bytes in audio pages that are audio, without page headers. */
  readonly payloadShare: number;
};

/** Size of the identification header (RFC 7845, 5.1). */
const OPUS_HEAD_BYTES = 19;

/** Returns undefined when this is not Ogg/Opus, has more than one stream, or contains no audio yet. */
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

/** Returns the serial number and granule position of the last complete page; undefined if there is none. */
export function oggEnd(tail: Buffer): { readonly serial: number; readonly granule: number } | undefined {
  for (let at = tail.lastIndexOf(OGG_CAPTURE); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(OGG_CAPTURE, at - 1)) {
    const page = readOggPage(tail, at);
    // The capture pattern may also occur in a packet. A real page ends at the end of the file or at the next page.
    const isPage = page?.end === tail.length || (page !== undefined && isOggPage(tail, page.end));
    if (isPage && endsPacket(page)) return { serial: page.serial, granule: Number(page.granule) };
  }
  return undefined;
}

/** Returns the complete pages at the start of `head`. */
function pagesIn(head: Buffer): OggPage[] {
  const pages: OggPage[] = [];
  for (let page = readOggPage(head, 0); page !== undefined; page = readOggPage(head, page.end)) pages.push(page);
  return pages;
}

/** Returns the packets that end in these pages; undefined if one of them is not an Opus packet. */
function packetsOf(bytes: Buffer, pages: readonly OggPage[]): OpusPacket[] | undefined {
  const packets: OpusPacket[] = [];
  let start: Buffer | undefined;
  for (const piece of pages.flatMap((page) => packetPieces(bytes, page))) {
    // The first bytes of a packet are enough.
    start ??= piece.bytes;
    if (!piece.isLast) continue;
    const packet = opusPacket(start);
    if (packet === undefined) return undefined;
    packets.push(packet);
    start = undefined;
  }
  return packets;
}

/** Returns whether time starts at 0: a part of a longer stream keeps its time. The last page may trim a packet. */
function beginsAtZero(bytes: Buffer, audio: readonly OggPage[]): boolean {
  const last = audio.findIndex(endsPacket);
  const page = audio[last];
  if (page === undefined) return false;
  const samples = packetsOf(bytes, audio.slice(0, last + 1))?.reduce((sum, packet) => sum + packet.samples, 0) ?? 0;
  return (page.flags & LAST_PAGE) === 0 ? Number(page.granule) === samples : Number(page.granule) <= samples;
}
