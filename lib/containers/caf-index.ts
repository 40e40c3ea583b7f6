/** Sizes of the file and chunk headers, and the offset in the description chunk (Apple's CAF 1.0 specification). */
const FILE_HEADER_BYTES = 8;
const CHUNK_HEADER_BYTES = 12;
const BYTES_PER_PACKET_AT = 16;

/** Limits of the walk. Beyond them the packet table is assumed to be last, which works for either order. */
const WALK_LIMIT_BYTES = 1024 * 1024;
const WALK_LIMIT_CHUNKS = 32;

/**
 * Finds where a CAF file has its packet table, which audio with packets of variable size needs. Most such files have it
 * after the audio. `needed` is the number of bytes with which to call again.
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
