/** The format of every channel: PCM (s16le). */
export const SAMPLE_RATE = 48_000;
export const FRAME_BYTES = 4;
