import { AAC_SAMPLE_RATES } from '#lib/containers/adts.ts';
import type { Mp4Sound } from '#lib/containers/mp4-sound.ts';
import type { OpusBeginning } from '#lib/containers/ogg-opus.ts';
import type { AudioStream } from '#lib/ffmpeg/probe.ts';
import { audioFilterChain, LAYOUTS } from '#lib/filters/audio.ts';
import { AAC_FRAME_SAMPLES, type AudioProfile, OPUS_FRAME_MS, type OutputFormat } from '#lib/profiles/audio.ts';
import { OPUS_PRE_SKIP } from '#lib/profiles/audio-copy.ts';
import { FILTERS } from './filter-fields.ts';
import { chainFilters, type Filters, type PlaybackSettings } from './settings.ts';

/** Opus is always decoded at this rate, regardless of the input rate of its encoder, Hz. */
const OPUS_RATE = 48_000;

/** Returns whether settings request only a format: a source in that format can then be passed through. */
export function asksForFormatOnly(settings: PlaybackSettings): boolean {
  const { live, startAt, duration, filters, format, sampleRate } = settings;
  // An Opus stream does not show whether its content fits into a lower sample rate.
  const isCertain = format !== 'opus' || sampleRate === OPUS_RATE;
  return !live && startAt === 0 && duration === undefined && chainOf(filters) === NEUTRAL && isCertain;
}

/** Returns the filter chain. It omits filters that change nothing. */
function chainOf(filters: Filters): string {
  const all = { startAt: 0, duration: undefined, sampleRate: OPUS_RATE, channels: 2, live: undefined } as const;
  return audioFilterChain({ ...all, filters: chainFilters(filters), losesPitchedEnd: false });
}

const NEUTRAL = chainOf(FILTERS.parse({}));

const STREAMS: Readonly<Record<OutputFormat, Partial<AudioStream>>> = {
  opus: { codec: 'opus' },
  aac: { codec: 'aac', profile: 'LC' },
  pcm: { codec: 'pcm_s16le', sampleFormat: 's16' },
};

/** Returns whether a stream, as ffmpeg describes it, matches the profile, except for its bitrate. */
export function streamFits({ format, sampleRate, channels }: AudioProfile, stream: AudioStream): boolean {
  const wanted = { ...STREAMS[format], sampleRate, layout: LAYOUTS[channels] };
  return Object.entries(wanted).every(([field, value]) => stream[field as keyof AudioStream] === value);
}

/** Accepted range of the bitrate, as a share of the requested one. Unconstrained, libopus uses 25 % more for music. */
const BITRATE_SHARE = { min: 0.5, max: { opus: 1.3, aac: 1.1, pcm: 1 } } as const;

/** Returns whether an average bitrate over the whole source, bit/s, is close enough to the requested one. */
export function bitrateFits(profile: Pick<AudioProfile, 'format' | 'bitrate'>, average: number | undefined): boolean {
  const { format, bitrate } = profile;
  if (bitrate === undefined) return true;
  const { min, max } = BITRATE_SHARE;
  return average !== undefined && average >= bitrate * min && average <= bitrate * max[format];
}

/**
 * Returns whether packets match those of the profile's encoder: one frame each, of its length, and the same pre-skip. A
 * client that continues an interrupted response with `start_at` then counts the right samples.
 */
export function opusFits({ preset, channels }: AudioProfile, opus: OpusBeginning): boolean {
  const frameSamples = (OPUS_FRAME_MS[preset] * OPUS_RATE) / 1_000;
  const isPlain = opus.isPlain && opus.isWhole && opus.channels === channels;
  const isFramed = opus.packets.every(({ frames, samples }) => frames === 1 && samples === frameSamples);
  const isPrompt = preset !== 'lowlatency' || opus.packets.every(({ mode }) => mode === 'celt');
  return isPlain && isFramed && isPrompt && opus.packets.length > 0 && opus.preSkip === OPUS_PRE_SKIP[preset];
}

/** Returns the average bitrate of the audio in a whole Ogg/Opus file, bit/s. */
export function opusBitrate(opus: OpusBeginning, whole: { readonly size: number; readonly granule: number }): number {
  const bits = (whole.size - opus.audioAt) * opus.payloadShare * 8;
  return (bits * OPUS_RATE) / (whole.granule - opus.preSkip);
}

/** AudioSpecificConfig of AAC-LC with 1,024 samples a frame: type, rate, channels, and three flags that are 0. */
const AAC_LC = 2;

/** Returns whether AAC of an MP4 matches the encoder once it is copied to ADTS: with one frame before the audio. */
export function mp4Fits({ sampleRate, channels }: AudioProfile, { priming, config }: Mp4Sound): boolean {
  const wanted = (AAC_LC << 11) | (AAC_SAMPLE_RATES.indexOf(sampleRate) << 7) | (channels << 3);
  return priming === AAC_FRAME_SAMPLES && config === wanted;
}
