/** Opus in Ogg counts in samples at 48 kHz, whatever the rate of its source (RFC 7845, section 4). */
const SAMPLES_PER_SECOND = 48_000;
const CAPTURE_PATTERN = Buffer.from('OggS');
const GRANULE_OFFSET = 6;
const GRANULE_BYTES = 8;

/** Seconds of audio up to the last page that begins in this piece of an Ogg/Opus stream; undefined when none does. */
export function oggPositionSeconds(piece: Buffer): number | undefined {
  for (
    let at = piece.lastIndexOf(CAPTURE_PATTERN);
    at >= 0;
    at = at === 0 ? -1 : piece.lastIndexOf(CAPTURE_PATTERN, at - 1)
  ) {
    if (at + GRANULE_OFFSET + GRANULE_BYTES > piece.length) continue;
    return Number(piece.readBigInt64LE(at + GRANULE_OFFSET)) / SAMPLES_PER_SECOND;
  }
  return undefined;
}
