import { AAC_FRAME_SAMPLES, type AudioProfile, type OutputFormat } from '#lib/profiles/audio.ts';

/** The encoder outputs an AAC frame only after it has the next one. On average half a frame is incomplete. */
const AAC_FRAMES_HELD = 2.5;
/** ADTS cannot mark the first frame as encoder delay, so players play it. */
const AAC_FRAMES_BEFORE = 1;

/** Half an incomplete frame, plus the look-ahead of libopus. */
const OPUS_LAG_SECONDS = { lowlatency: 0.0075, standard: 0.0165, high: 0.0165 } as const;

const LAGS: Readonly<Record<OutputFormat, (profile: Pick<AudioProfile, 'preset' | 'sampleRate'>) => number>> = {
  aac: ({ sampleRate }) => ((AAC_FRAMES_HELD + AAC_FRAMES_BEFORE) * AAC_FRAME_SAMPLES) / sampleRate,
  opus: ({ preset }) => OPUS_LAG_SECONDS[preset],
  pcm: () => 0,
};

/** Returns the seconds between ffmpeg's output position and the audio that leaves the filters now, once decoded. */
export function encoderLag(profile: Pick<AudioProfile, 'format' | 'preset' | 'sampleRate'>): number {
  return LAGS[profile.format](profile);
}
