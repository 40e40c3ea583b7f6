/** The length of the header that ffmpeg's WAV muxer writes, and the offsets of the sizes in it. */
const HEADER_BYTES = 78;
const SIZES_AT = [4, 74] as const;
const UNKNOWN_SIZE = 0xffff_ffff;

/** A WAV file written by ffmpeg whose samples repeat without end. */
export function* endlessWav(file: Buffer): Generator<Buffer> {
  const header = Buffer.from(file.subarray(0, HEADER_BYTES));
  for (const offset of SIZES_AT) header.writeUInt32LE(UNKNOWN_SIZE, offset);
  yield header;
  for (;;) yield file.subarray(HEADER_BYTES);
}
