/** A frame of a stream without a file header: its length, and the header bits that are the same in all frames. */
type Frame = { readonly bytes: number; readonly constants: number };

/** Reads the frame header at `offset`, where `FRAME_HEADER_BYTES` are present. Returns undefined if there is none. */
export type FrameParser = (prefix: Buffer, offset: number) => Frame | undefined;

/** Bytes that every parser here needs. */
export const FRAME_HEADER_BYTES = 7;

/** kbit/s, by the index 1–14 in the header (ISO/IEC 11172-3, 2.4.2.3; ISO/IEC 13818-3 for the low sample rates). */
const MPEG_BITRATES = {
  layer1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  layer2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  layer3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  lowLayer1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  lowLayer23: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;

const MPEG_SAMPLE_RATES = [44_100, 48_000, 32_000] as const;

/** MPEG-1, 2 and 2.5 audio, layers I to III. Not free format: its headers have no length. */
export const parseMpegAudioFrame: FrameParser = (prefix, offset) => {
  const header = prefix.readUInt32BE(offset);
  const version = (header >>> 19) & 3;
  const layer = 4 - ((header >>> 17) & 3);
  const rate = MPEG_SAMPLE_RATES[(header >>> 10) & 3];
  if (header >>> 21 !== 0x7ff || version === 1 || layer === 4 || rate === undefined || (header & 3) === 2)
    return undefined;
  const low = version !== 3;
  const table = low ? (layer === 1 ? 'lowLayer1' : 'lowLayer23') : (`layer${layer}` as 'layer1' | 'layer2' | 'layer3');
  const kilobits = MPEG_BITRATES[table][((header >>> 12) & 15) - 1];
  if (kilobits === undefined) return undefined;
  const sampleRate = version === 3 ? rate : version === 2 ? rate / 2 : rate / 4;
  const slots = layer === 1 ? 12 : layer === 3 && low ? 72 : 144;
  const padded = Math.floor((slots * kilobits * 1000) / sampleRate) + ((header >>> 9) & 1);
  return { bytes: layer === 1 ? padded * 4 : padded, constants: header & 0xfffe0c00 };
};

/** AAC in ADTS (ISO/IEC 13818-7, 6.2). */
export const parseAdtsFrame: FrameParser = (prefix, offset) => {
  const header = prefix.readUInt32BE(offset);
  const bytes = ((header & 3) << 11) | (prefix.readUInt16BE(offset + 4) >>> 5);
  const sampleRateIndex = (header >>> 10) & 15;
  if (header >>> 20 !== 0xfff || (header >>> 17) & 3 || sampleRateIndex > 12 || bytes < FRAME_HEADER_BYTES)
    return undefined;
  return { bytes, constants: header & 0xfffefdc0 };
};

const AC3_KILOBITS = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640] as const;

/** AC-3 (ATSC A/52, 5.3 and 5.4.1): `bsid` up to 10. */
export const parseAc3Frame: FrameParser = (prefix, offset) => {
  const [, , , , code = 0xff, bsid = 0xff] = prefix.subarray(offset, offset + 6);
  const kilobits = AC3_KILOBITS[(code & 0x3f) >> 1];
  const sampleRate = [48_000, 44_100, 32_000][code >> 6];
  if (prefix.readUInt16BE(offset) !== 0x0b77 || bsid >> 3 > 10 || !kilobits || !sampleRate) return undefined;
  const words = Math.floor((kilobits * 1000 * 1536) / sampleRate / 16);
  const bytes = 2 * (words + (sampleRate === 44_100 ? code & 1 : 0));
  return { bytes, constants: code & 0xc0 };
};

/** Enhanced AC-3 (ATSC A/52, annex E): `bsid` 11 to 16. */
export const parseEac3Frame: FrameParser = (prefix, offset) => {
  const bsid = prefix.readUInt8(offset + 5) >> 3;
  if (prefix.readUInt16BE(offset) !== 0x0b77 || bsid < 11 || bsid > 16) return undefined;
  return { bytes: 2 * ((prefix.readUInt16BE(offset + 2) & 0x7ff) + 1), constants: bsid };
};
