/** Bytes from an MPEG audio frame's start to its Xing or Info header, which follows layer III's side information. */
const XING_AT = { mpeg1: { mono: 21, stereo: 36 }, lower: { mono: 13, stereo: 21 } } as const;
const XING = ['Xing', 'Info'];
const HAS_FRAMES = 1;
const HAS_SIZE = 2;

/**
 * Takes the number of bytes out of the header of an MP3 that begins there. From a pipe, whose size it does not know,
 * ffmpeg (5.1 to 7) takes that number for a contradiction, and forgets where the music ends: it would play the
 * encoder's padding, an audible gap between two tracks.
 */
export function withoutXingSize(beginning: Buffer): Buffer {
  const place = sizePlace(beginning);
  if (place === undefined) return beginning;
  const changed = Buffer.from(beginning);
  changed.writeUInt32BE(0, place);
  return changed;
}

/** Where the number is; undefined where there is none. */
function sizePlace(frame: Buffer): number | undefined {
  if (frame.length < 4) return undefined;
  const header = frame.readUInt32BE(0);
  const isMono = ((header >>> 6) & 3) === 3;
  const at = XING_AT[((header >>> 19) & 3) === 3 ? 'mpeg1' : 'lower'][isMono ? 'mono' : 'stereo'];
  if (frame.length < at + 16 || !XING.includes(frame.toString('latin1', at, at + 4))) return undefined;
  const flags = frame.readUInt32BE(at + 4);
  return (flags & HAS_SIZE) === 0 ? undefined : at + 8 + ((flags & HAS_FRAMES) === 0 ? 0 : 4);
}
