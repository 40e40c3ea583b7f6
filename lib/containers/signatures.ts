import type { Container } from './audio-demuxers.ts';

/** Bytes that are enough for every signature here. */
export const SIGNATURE_BYTES = 64;

/** Bytes at offsets, all of which must match. Strings are Latin-1. */
type Magic = readonly { readonly at: number; readonly bytes: string }[];

type Signature = { readonly magic: Magic; readonly check?: (prefix: Buffer) => boolean };

const start = (bytes: string): Magic => [{ at: 0, bytes }];

/** GUIDs of Sony Wave64 and ASF in file byte order. */
const W64_RIFF = 'riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00';
const W64_WAVE = 'wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a';
const ASF_HEADER = '\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c';

export const AUDIO_SIGNATURES: readonly (Signature & { readonly container: Container })[] = [
  { container: 'flac', magic: start('fLaC'), check: (prefix) => (prefix.readUInt8(4) & 0x7f) === 0 },
  { container: 'ogg', magic: start('OggS\0') },
  { container: 'wav', magic: [...start('RIFF'), { at: 8, bytes: 'WAVE' }] },
  { container: 'wav', magic: [...start('RF64'), { at: 8, bytes: 'WAVEds64' }] },
  { container: 'wav', magic: [...start('BW64'), { at: 8, bytes: 'WAVEds64' }] },
  { container: 'w64', magic: [...start(W64_RIFF), { at: 24, bytes: W64_WAVE }] },
  { container: 'webm', magic: start('\x1a\x45\xdf\xa3'), check: (prefix) => docTypeIs(prefix, 'webm') },
  { container: 'matroska', magic: start('\x1a\x45\xdf\xa3'), check: (prefix) => docTypeIs(prefix, 'matroska') },
  { container: 'aiff', magic: [...start('FORM'), { at: 8, bytes: 'AIFF' }] },
  { container: 'aiff', magic: [...start('FORM'), { at: 8, bytes: 'AIFC' }] },
  { container: 'caf', magic: start('caff\x00\x01') },
  { container: 'asf', magic: start(ASF_HEADER) },
  { container: 'amr', magic: start('#!AMR\n') },
  { container: 'amr', magic: start('#!AMR-WB\n') },
  { container: 'ape', magic: start('MAC '), check: (prefix) => isBetween(prefix.readUInt16LE(4), 3000, 4999) },
  { container: 'wavpack', magic: start('wvpk'), check: (prefix) => isBetween(prefix.readUInt16LE(8), 0x402, 0x410) },
  { container: 'au', magic: start('.snd\0'), check: (prefix) => isBetween(prefix.readUInt32BE(12), 1, 27) },
];

/** Video containers that are not accepted as audio, and the ffmpeg demuxer (5.1 and 7) that reads each. */
export const VIDEO_SIGNATURES = [
  { container: 'avi', demuxer: 'avi', magic: [...start('RIFF'), { at: 8, bytes: 'AVI ' }] },
  { container: 'flv', demuxer: 'flv', magic: start('FLV\x01') },
  { container: 'mpegps', demuxer: 'mpeg', magic: start('\0\0\x01\xba') },
] as const;

export type Video = (typeof VIDEO_SIGNATURES)[number];

export const IMAGE_SIGNATURES = [
  { image: 'png', magic: start('\x89PNG\r\n\x1a\n') },
  { image: 'jpeg', magic: start('\xff\xd8\xff') },
  { image: 'webp', magic: [...start('RIFF'), { at: 8, bytes: 'WEBP' }] },
  { image: 'gif', magic: start('GIF87a') },
  { image: 'gif', magic: start('GIF89a') },
] as const;

export type ImageKind = (typeof IMAGE_SIGNATURES)[number]['image'];

const refused = (reason: string, ...starts: readonly string[]) =>
  starts.map((bytes) => ({ reason, magic: start(bytes) }));

/** Magic numbers of formats that are not audio, and their name in the error message. */
export const REFUSED_SIGNATURES: readonly (Signature & { readonly reason: string })[] = [
  ...refused('an archive', 'PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08', '\x1f\x8b\x08', '7z\xbc\xaf\x27\x1c'),
  ...refused('an archive', 'Rar!\x1a\x07', 'BZh', '\xfd7zXZ\0', '\x28\xb5\x2f\xfd'),
  ...IMAGE_SIGNATURES.map(({ magic }) => ({ reason: 'an image', magic })),
  ...refused('an image', 'II*\0', 'MM\0*'),
  ...refused('a document', '%PDF-'),
  ...refused('an executable', '\x7fELF', 'MZ', '\xcf\xfa\xed\xfe', '\xca\xfe\xba\xbe'),
];

/** Returns the first matching signature. A `prefix` shorter than SIGNATURE_BYTES must be the whole source. */
export function borneSignature<Kind extends Signature>(signatures: readonly Kind[], prefix: Buffer): Kind | undefined {
  const head = padded(prefix);
  return signatures.find(({ magic, check }) => bears(head, magic) && (check?.(head) ?? true));
}

function bears(head: Buffer, magic: Magic): boolean {
  return magic.every(({ at, bytes }) => head.toString('latin1', at, at + bytes.length) === bytes);
}

/** The document type is in the EBML header (RFC 8794, 11.2), which is about 40 bytes long. */
function docTypeIs(head: Buffer, docType: string): boolean {
  return head.includes(docType, 4, 'latin1');
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** Pads a short source with zeros, so that checks can read any offset. */
function padded(prefix: Buffer): Buffer {
  if (prefix.length >= SIGNATURE_BYTES) return prefix.subarray(0, SIGNATURE_BYTES);
  return Buffer.concat([prefix], SIGNATURE_BYTES);
}
