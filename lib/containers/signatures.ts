import type { Container } from './audio-demuxers.ts';

/** The longest look that any signature here takes. */
export const SIGNATURE_BYTES = 64;

/** Bytes at an offset; several parts must all be there. Text stands for its Latin-1 bytes. */
type Magic = readonly { readonly at: number; readonly bytes: string }[];

type Signature = { readonly container: Container; readonly magic: Magic; readonly check?: (prefix: Buffer) => boolean };

const start = (bytes: string): Magic => [{ at: 0, bytes }];

/** GUIDs of Sony Wave64 and ASF as they stand in the file. */
const W64_RIFF = 'riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00';
const W64_WAVE = 'wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a';
const ASF_HEADER = '\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c';

const SIGNATURES: readonly Signature[] = [
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

/** Magic numbers of what is no audio, and how it is called in the refusal. */
const REFUSED: readonly { readonly reason: string; readonly magic: Magic }[] = [
  ...['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08', '\x1f\x8b\x08', '7z\xbc\xaf\x27\x1c', 'Rar!\x1a\x07'].map(archive),
  ...['BZh', '\xfd7zXZ\0', '\x28\xb5\x2f\xfd'].map(archive),
  ...['\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*'].map(image),
  { reason: 'an image', magic: [...start('RIFF'), { at: 8, bytes: 'WEBP' }] },
  { reason: 'a document', magic: start('%PDF-') },
  ...['\x7fELF', 'MZ', '\xcf\xfa\xed\xfe', '\xca\xfe\xba\xbe'].map(executable),
];

/** The container whose signature `prefix` bears. A `prefix` shorter than SIGNATURE_BYTES is the whole source. */
export function containerBySignature(prefix: Buffer): Container | undefined {
  const head = padded(prefix);
  return SIGNATURES.find(({ magic, check }) => bears(head, magic) && (check?.(head) ?? true))?.container;
}

/** What the source is if it is certainly no audio, as in "an archive". */
export function refusedBySignature(prefix: Buffer): string | undefined {
  const head = padded(prefix);
  return REFUSED.find(({ magic }) => bears(head, magic))?.reason;
}

function bears(head: Buffer, magic: Magic): boolean {
  return magic.every(({ at, bytes }) => head.toString('latin1', at, at + bytes.length) === bytes);
}

/** The document type stands within the EBML header (RFC 8794, 11.2), which is some 40 bytes long. */
function docTypeIs(head: Buffer, docType: string): boolean {
  return head.includes(docType, 4, 'latin1');
}

function isBetween(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** So that a short source can be looked at like any other. */
function padded(prefix: Buffer): Buffer {
  if (prefix.length >= SIGNATURE_BYTES) return prefix.subarray(0, SIGNATURE_BYTES);
  return Buffer.concat([prefix], SIGNATURE_BYTES);
}

function archive(bytes: string) {
  return { reason: 'an archive', magic: start(bytes) };
}

function image(bytes: string) {
  return { reason: 'an image', magic: start(bytes) };
}

function executable(bytes: string) {
  return { reason: 'an executable', magic: start(bytes) };
}
