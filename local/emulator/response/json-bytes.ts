import { setImmediate } from 'node:timers/promises';

/** Characters that are counted at once, in less than a millisecond. */
const CHARACTERS = 1 << 17;

/**
 * Returns the bytes of a text in JSON, without its quotation marks. Other requests are served while a long text is
 * counted. A character of two UTF-16 units at the edge of a part counts as 12 instead of 4 bytes.
 */
export async function jsonBytes(text: string): Promise<number> {
  let bytes = 0;
  for (let at = 0; at < text.length; at += CHARACTERS) {
    if (at > 0) await setImmediate();
    bytes += Buffer.byteLength(JSON.stringify(text.slice(at, at + CHARACTERS))) - 2;
  }
  return bytes;
}
