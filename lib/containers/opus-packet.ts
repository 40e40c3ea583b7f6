/** How an Opus packet is coded, by its first bytes (RFC 6716, 3.1). */
export type OpusPacket = {
  readonly mode: keyof typeof FRAME_SAMPLES;
  readonly frames: number;
  /** Samples of all frames at 48 kHz. */
  readonly samples: number;
};

/** Samples of one frame at 48 kHz, by configuration (RFC 6716, table 2). */
const FRAME_SAMPLES = {
  silk: [480, 960, 1_920, 2_880],
  hybrid: [480, 960],
  celt: [120, 240, 480, 960],
} as const;
const FIRST_HYBRID = 12;
const FIRST_CELT = 16;
const FRAMES = [1, 2, 2] as const;

/** Parses the start of a packet; undefined if it is empty. */
export function opusPacket(start: Buffer): OpusPacket | undefined {
  const [toc, count = 0] = start;
  if (toc === undefined) return undefined;
  const configuration = toc >> 3;
  const mode = configuration < FIRST_HYBRID ? 'silk' : configuration < FIRST_CELT ? 'hybrid' : 'celt';
  const lengths: readonly number[] = FRAME_SAMPLES[mode];
  const frames = FRAMES[toc & 3] ?? count & 0x3f;
  return { mode, frames, samples: (lengths[configuration % lengths.length] ?? 0) * frames };
}
