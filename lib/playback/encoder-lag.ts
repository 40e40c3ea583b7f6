import { AAC_FRAME_SAMPLES, type AudioProfile, type OutputFormat } from '#lib/profiles/audio.ts';

/** An AAC frame is given when the one behind it is there; half a frame waits to be whole on average. */
const AAC_FRAMES_HELD = 2.5;
/** ADTS cannot say that its first frame is the encoder's own: players play it. */
const AAC_FRAMES_BEFORE = 1;

/** Half a frame that waits to be whole, and what libopus looks ahead. */
const OPUS_LAG_SECONDS: Readonly<Record<AudioProfile['preset'], number>> = {
  lowlatency: 0.0075,
  standard: 0.0165,
  high: 0.0165,
};

const LAGS: Readonly<Record<OutputFormat, (profile: Pick<AudioProfile, 'preset' | 'sampleRate'>) => number>> = {
  aac: ({ sampleRate }) => ((AAC_FRAMES_HELD + AAC_FRAMES_BEFORE) * AAC_FRAME_SAMPLES) / sampleRate,
  opus: ({ preset }) => OPUS_LAG_SECONDS[preset],
  pcm: () => 0,
};

/** From where ffmpeg says that its output is to where in the decoded output that is heard which leaves the filters, s. */
export function encoderLag(profile: Pick<AudioProfile, 'format' | 'preset' | 'sampleRate'>): number {
  return LAGS[profile.format](profile);
}
