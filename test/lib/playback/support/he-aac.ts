/** Elements of a block (ISO/IEC 14496-3, 4.4.2), and an extension that decoders read as spectral band replication. */
const END = '111';
const FILL_OF_ONE_BYTE = '1100001';
const SBR_WITHOUT_HEADER = '11010000';
const HEADER_BYTES = 7;

/** Returns the same AAC in ADTS, with the extension of HE-AAC in every frame. */
export function asHeAac(adts: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < adts.length; ) {
    const length = (adts.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
    frames.push(withSbr(adts.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(frames);
}

/** The end marker of a block is its last bits that are set. */
function withSbr(frame: Buffer): Buffer {
  const bits = [...frame.subarray(HEADER_BYTES)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const content = bits.slice(0, bits.lastIndexOf(END));
  const changed = `${content}${FILL_OF_ONE_BYTE}${SBR_WITHOUT_HEADER}${END}`;
  const block = changed.match(/.{1,8}/g)?.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)) ?? [];
  const made = Buffer.concat([frame.subarray(0, HEADER_BYTES), Buffer.from(block)]);
  made.writeUInt8((made.readUInt8(3) & 0xfc) | (made.length >> 11), 3);
  made.writeUInt8((made.length >> 3) & 0xff, 4);
  made.writeUInt8(((made.length & 7) << 5) | (made.readUInt8(5) & 0x1f), 5);
  return made;
}
