import { AAC_FRAME_SAMPLES, type AudioProfile, type OutputFormat } from '#lib/profiles/audio.ts';

/** An AAC frame comes out after the next one has gone in; half a frame waits to be whole on average. */
const AAC_FRAMES_HELD = 2.5;
/** ADTS cannot mark its first frame as the encoder's own: players play it. */
const AAC_FRAMES_BEFORE = 1;

/** Half a frame that waits to be whole, and what libopus looks ahead. */
const OPUS_LAG_SECONDS = { lowlatency: 0.0075, standard: 0.0165, high: 0.0165 } as const;

const LAGS: Readonly<Record<OutputFormat, (profile: Pick<AudioProfile, 'preset' | 'sampleRate'>) => number>> = {
  aac: ({ sampleRate }) => ((AAC_FRAMES_HELD + AAC_FRAMES_BEFORE) * AAC_FRAME_SAMPLES) / sampleRate,
  opus: ({ preset }) => OPUS_LAG_SECONDS[preset],
  pcm: () => 0,
};

/** Seconds from ffmpeg's position in its output to the sound in the decoded output that leaves the filters now. */
export function encoderLag(profile: Pick<AudioProfile, 'format' | 'preset' | 'sampleRate'>): number {
  return LAGS[profile.format](profile);
}
