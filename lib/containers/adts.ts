import { FRAME_HEADER_BYTES, parseAdtsFrame } from './frame-headers.ts';

/** What the first bytes of AAC in ADTS show (ISO/IEC 13818-7, 6.2). */
export type AdtsBeginning = {
  /** Sample rate of the core, Hz: a decoder may double it. */
  readonly sampleRate: number;
  /** 0 when the number of channels is only in the frames themselves. */
  readonly channels: number;
  /** Bitrate of the frames without their headers, bit/s. */
  readonly bitrate: number;
  /** A silent frame of the same kind; undefined unless the frames have one or two channels. */
  readonly silence: Buffer | undefined;
};

/** Sample rates in Hz, by their index in headers and in an AudioSpecificConfig (ISO/IEC 14496-3, table 1.18). */
export const AAC_SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const FRAME_SAMPLES = 1_024;
const CHECKSUM_BYTES = 2;

/** Returns undefined unless `head` consists of frames of one kind, each with one block. */
export function adtsBeginning(head: Buffer): AdtsBeginning | undefined {
  let frames = 0;
  let payload = 0;
  let constants: number | undefined;
  for (let at = 0; at + FRAME_HEADER_BYTES <= head.length; ) {
    const frame = parseAdtsFrame(head, at);
    if (frame === undefined || (constants ?? frame.constants) !== frame.constants) return undefined;
    if ((head.readUInt8(at + 6) & 3) !== 0) return undefined;
    constants = frame.constants;
    at += frame.bytes;
    if (at > head.length) break;
    frames += 1;
    payload += frame.bytes - FRAME_HEADER_BYTES - (head.readUInt8(at - frame.bytes + 1) & 1 ? 0 : CHECKSUM_BYTES);
  }
  if (frames === 0) return undefined;
  const header = head.readUInt32BE(0);
  const sampleRate = AAC_SAMPLE_RATES[(header >>> 10) & 15] ?? 0;
  const channels = (header >>> 6) & 7;
  return {
    sampleRate,
    channels,
    bitrate: (payload * 8 * sampleRate) / (frames * FRAME_SAMPLES),
    silence: silentFrame(head, channels),
  };
}

/** The block of a silent frame, by its channels (ISO/IEC 14496-3, 4.4.2): one element without bands, then the end. */
const SILENT_BLOCKS: Readonly<Record<number, string>> = { 1: '00000007', 2: '21000000001c' };

/** Returns a silent frame with the first header of `head`, but without a checksum. */
function silentFrame(head: Buffer, channels: number): Buffer | undefined {
  const block = SILENT_BLOCKS[channels];
  if (block === undefined) return undefined;
  const frame = Buffer.concat([head.subarray(0, FRAME_HEADER_BYTES), Buffer.from(block, 'hex')]);
  frame.writeUInt8(frame.readUInt8(1) | 1, 1);
  // Two bits of the channels and four others, 13 of the length, 11 of the buffer fullness: variable rate.
  frame.writeUInt8(frame.readUInt8(3) & 0xfc, 3);
  frame.writeUInt16BE((frame.length << 5) | 0x1f, 4);
  frame.writeUInt8(0xfc, 6);
  return frame;
}
