/** Bytes from the start of an MPEG audio frame to its Xing or Info header, after the side information of layer III. */
const XING_AT = { mpeg1: { mono: 21, stereo: 36 }, lower: { mono: 13, stereo: 21 } } as const;
const XING = ['Xing', 'Info'];
const HAS_FRAMES = 1;
const HAS_SIZE = 2;

/**
 * Sets the number of bytes in the Xing header at the start of an MP3 to 0. ffmpeg (5.1 to 7) does not know the size of
 * a pipe, treats that number as a mismatch, and then ignores where the music ends. It would play the encoder's padding,
 * an audible gap between two tracks.
 */
export function withoutXingSize(beginning: Buffer): Buffer {
  const place = sizePlace(beginning);
  if (place === undefined) return beginning;
  const changed = Buffer.from(beginning);
  changed.writeUInt32BE(0, place);
  return changed;
}

/** Returns the offset of the number; undefined if there is none. */
function sizePlace(frame: Buffer): number | undefined {
  if (frame.length < 4) return undefined;
  const header = frame.readUInt32BE(0);
  const isMono = ((header >>> 6) & 3) === 3;
  const at = XING_AT[((header >>> 19) & 3) === 3 ? 'mpeg1' : 'lower'][isMono ? 'mono' : 'stereo'];
  if (frame.length < at + 16 || !XING.includes(frame.toString('latin1', at, at + 4))) return undefined;
  const flags = frame.readUInt32BE(at + 4);
  return (flags & HAS_SIZE) === 0 ? undefined : at + 8 + ((flags & HAS_FRAMES) === 0 ? 0 : 4);
}
