import { FRAME_HEADER_BYTES, parseAdtsFrame } from '#lib/containers/frame-headers.ts';
import { type Joiner, notOf } from './joiner.ts';

/** The first byte of each frame. */
const SYNC_BYTE = 0xff;
const NOTHING = Buffer.alloc(0);

/** Joins AAC in ADTS. Each frame header contains the frame's length. */
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

/** Returns the length in bytes of the frame at an offset; undefined until the whole frame has arrived. */
function frameLength(bytes: Buffer, at: number): number | undefined {
  // Rejects another format at its first byte.
  if (at < bytes.length && bytes[at] !== SYNC_BYTE) throw notOf('AAC in ADTS');
  if (bytes.length - at < FRAME_HEADER_BYTES) return undefined;
  const frame = parseAdtsFrame(bytes, at);
  if (frame === undefined) throw notOf('AAC in ADTS');
  return bytes.length - at < frame.bytes ? undefined : frame.bytes;
}
