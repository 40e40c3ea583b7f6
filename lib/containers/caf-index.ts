/** File header, chunk header (type and 64-bit size), and where the description chunk has its sizes: Apple's CAF 1.0 specification. */
const FILE_HEADER_BYTES = 8;
const CHUNK_HEADER_BYTES = 12;
const BYTES_PER_PACKET_AT = 16;

/** How far the walk goes before it takes the packet table for last, which is right for either order. */
const WALK_LIMIT_BYTES = 1024 * 1024;
const WALK_LIMIT_CHUNKS = 32;

/**
 * Where a CAF file has the packet table that audio with packets of varying size needs. Such files are mostly written with
 * the table after the audio. `needed` is how many bytes decide more.
 */
export function cafIndex(prefix: Buffer, ended: boolean): 'first' | 'last' | { readonly needed: number } {
  let constantPackets = false;
  let offset = FILE_HEADER_BYTES;
  for (let chunks = 0; chunks < WALK_LIMIT_CHUNKS && offset <= WALK_LIMIT_BYTES; chunks += 1) {
    const content = offset + CHUNK_HEADER_BYTES;
    const needed = content + BYTES_PER_PACKET_AT + 4;
    if (prefix.length < needed) return ended || needed > WALK_LIMIT_BYTES ? 'last' : { needed };
    const type = prefix.toString('latin1', offset, offset + 4);
    if (type === 'desc') constantPackets = prefix.readUInt32BE(content + BYTES_PER_PACKET_AT) !== 0;
    if (type === 'pakt') return 'first';
    if (type === 'data') return constantPackets ? 'first' : 'last';
    const size = prefix.readBigInt64BE(offset + 4);
    if (size < 0n) return 'last';
    offset = content + Number(size);
  }
  return 'last';
}
