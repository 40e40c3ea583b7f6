export type FrameOptions = {
  /** Hz; default 48000. */
  readonly sampleRate?: number;
  /** Default 2. */
  readonly channels?: 1 | 2;
  /** Milliseconds per frame; default 10. */
  readonly frameMs?: number;
};

const SAMPLE_BYTES = 2;

/**
 * Splits PCM (s16le) into frames of equal length, as voice libraries need them: 1,920 bytes for 10 ms of stereo at
 * 48 kHz. The last frame is padded with silence.
 */
export async function* frames(
  audio: AsyncIterable<Uint8Array>,
  { sampleRate = 48_000, channels = 2, frameMs = 10 }: FrameOptions = {},
): AsyncGenerator<Buffer> {
  const frameBytes = ((sampleRate * frameMs) / 1_000) * channels * SAMPLE_BYTES;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of audio) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; at + frameBytes <= bytes.length; at += frameBytes) yield bytes.subarray(at, at + frameBytes);
    rest = bytes.subarray(at);
  }
  if (rest.length > 0) yield Buffer.concat([rest, Buffer.alloc(frameBytes - rest.length)]);
}
