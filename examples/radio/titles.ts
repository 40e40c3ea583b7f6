/** Bytes of audio between two titles. */
const EVERY_BYTES = 16_000;
const BLOCK_BYTES = 16;

/** Puts titles between the bytes of audio, as Icecast does for players that send `Icy-MetaData: 1`. */
export function withTitles(title: () => string) {
  let untilTitle = EVERY_BYTES;
  let last: string | undefined;

  /** A length in blocks of 16 bytes, then the text; length 0 when the title has not changed. */
  function block(): Buffer {
    const now = title();
    if (now === last) return Buffer.from([0]);
    last = now;
    const text = Buffer.from(`StreamTitle='${now.replaceAll("'", '’')}';`).subarray(0, 255 * BLOCK_BYTES);
    const blocks = Math.ceil(text.length / BLOCK_BYTES);
    return Buffer.concat([Buffer.from([blocks]), text, Buffer.alloc(blocks * BLOCK_BYTES - text.length)]);
  }

  function wrap(audio: Buffer): Buffer {
    const parts: Buffer[] = [];
    let from = 0;
    while (audio.length - from >= untilTitle) {
      parts.push(audio.subarray(from, from + untilTitle), block());
      from += untilTitle;
      untilTitle = EVERY_BYTES;
    }
    parts.push(audio.subarray(from));
    untilTitle -= audio.length - from;
    return Buffer.concat(parts);
  }

  return { everyBytes: EVERY_BYTES, wrap };
}
