import { type Joiner, notOf } from './joiner.ts';

/** The fixed header, without a checksum (ISO/IEC 13818-7, 6.2). */
const HEADER_BYTES = 7;
/** The first of each frame. */
const SYNC_BYTE = 0xff;
const NOTHING = Buffer.alloc(0);

/** AAC in ADTS: every frame says how long it is. */
export function createAdtsJoiner(): Joiner {
  let given = 0;
  let drop = 0;
  let rest: Buffer = NOTHING;
  return {
    given: () => given,
    isWhole: () => rest.length === 0,
    isComplete: () => false,
    begin(leg) {
      drop = leg.drop;
      rest = NOTHING;
    },
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      let at = 0;
      for (let length = frameLength(bytes, at); length !== undefined; length = frameLength(bytes, at)) {
        at += length;
        if (drop > 0) {
          drop -= 1;
          from = at;
        } else given += 1;
      }
      rest = bytes.subarray(at);
      return bytes.subarray(from, at);
    },
    end: () => NOTHING,
  };
}

/** Bytes of the frame that begins there; undefined while it is not whole. */
function frameLength(bytes: Buffer, at: number): number | undefined {
  // Whatever begins another way is told at once, however short it is.
  if (at < bytes.length && bytes[at] !== SYNC_BYTE) throw notOf('AAC in ADTS');
  if (bytes.length - at < HEADER_BYTES) return undefined;
  if (bytes.readUInt16BE(at) >> 4 !== 0xfff) throw notOf('AAC in ADTS');
  const length = (bytes.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
  if (length < HEADER_BYTES) throw notOf('AAC in ADTS');
  return bytes.length - at < length ? undefined : length;
}
