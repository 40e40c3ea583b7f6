/** Size of an ID3v2 header (https://id3.org/id3v2.4.0-structure, section 3.1). */
const ID3_HEADER_BYTES = 10;

const FOOTER_FLAG = 0x10;
const FOOTER_BYTES = 10;

/** Returns the size of the ID3v2 tag at the start of `prefix`, with header and footer; undefined if there is none. */
export function id3TagBytes(prefix: Buffer): number | undefined {
  if (prefix.length < ID3_HEADER_BYTES || prefix.toString('latin1', 0, 3) !== 'ID3') return undefined;
  const [major = 0xff, revision = 0xff, flags = 0] = prefix.subarray(3, 6);
  const size = prefix.subarray(6, ID3_HEADER_BYTES);
  if (major === 0xff || revision === 0xff || size.some((byte) => byte > 0x7f)) return undefined;
  const content = size.reduce((total, byte) => total * 128 + byte, 0);
  return ID3_HEADER_BYTES + content + (flags & FOOTER_FLAG ? FOOTER_BYTES : 0);
}
