import { AAC_SAMPLE_RATES } from '#lib/containers/adts.ts';
import type { Mp4Sound } from '#lib/containers/mp4-sound.ts';
import type { OpusBeginning } from '#lib/containers/ogg-opus.ts';
import type { AudioStream } from '#lib/ffmpeg/probe.ts';
import { audioFilterChain, LAYOUTS } from '#lib/filters/audio.ts';
import { AAC_FRAME_SAMPLES, type AudioProfile, OPUS_FRAME_MS, type OutputFormat } from '#lib/profiles/audio.ts';
import { OPUS_PRE_SKIP } from '#lib/profiles/audio-copy.ts';
import { FILTERS } from './filter-fields.ts';
import { chainFilters, type Filters, type PlaybackSettings } from './settings.ts';

/** Opus is decoded at this rate, whatever its encoder was fed with, Hz. */
const OPUS_RATE = 48_000;

/** Whether settings ask for nothing but a format: then a source in that format is the answer. */
export function asksForFormatOnly(settings: PlaybackSettings): boolean {
  const { live, startAt, duration, filters, format, sampleRate } = settings;
  // Opus does not show whether it holds no more than a lower rate can.
  const isCertain = format !== 'opus' || sampleRate === OPUS_RATE;
  return !live && startAt === 0 && duration === undefined && chainOf(filters) === NEUTRAL && isCertain;
}

/** A chain leaves out the filters that change nothing. */
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

/** Whether a stream, as ffmpeg sees it, is what the profile makes, but for its bitrate. */
export function streamFits({ format, sampleRate, channels }: AudioProfile, stream: AudioStream): boolean {
  const wanted = { ...STREAMS[format], sampleRate, layout: LAYOUTS[channels] };
  return Object.entries(wanted).every(([field, value]) => stream[field as keyof AudioStream] === value);
}

/** What a bitrate may be of the one that was asked for; libopus itself, left free, takes a quarter more for music. */
const BITRATE_SHARE = { min: 0.5, max: { opus: 1.3, aac: 1.1, pcm: 1 } } as const;

/** Whether an average over the whole, bit/s, is what was asked for. */
export function bitrateFits(profile: Pick<AudioProfile, 'format' | 'bitrate'>, average: number | undefined): boolean {
  const { format, bitrate } = profile;
  if (bitrate === undefined) return true;
  const { min, max } = BITRATE_SHARE;
  return average !== undefined && average >= bitrate * min && average <= bitrate * max[format];
}

/**
 * Whether packets are as the profile's encoder makes them: each one frame of its length, with as much before the sound,
 * so that a reader that goes on after the answer, by `start_at`, counts right.
 */
export function opusFits({ preset, channels }: AudioProfile, opus: OpusBeginning): boolean {
  const frameSamples = (OPUS_FRAME_MS[preset] * OPUS_RATE) / 1_000;
  const isPlain = opus.isPlain && opus.isWhole && opus.channels === channels;
  const isFramed = opus.packets.every(({ frames, samples }) => frames === 1 && samples === frameSamples);
  const isPrompt = preset !== 'lowlatency' || opus.packets.every(({ mode }) => mode === 'celt');
  return isPlain && isFramed && isPrompt && opus.packets.length > 0 && opus.preSkip === OPUS_PRE_SKIP[preset];
}

/** The average of the audio in a whole Ogg/Opus file, bit/s. */
export function opusBitrate(opus: OpusBeginning, whole: { readonly size: number; readonly granule: number }): number {
  const bits = (whole.size - opus.audioAt) * opus.payloadShare * 8;
  return (bits * OPUS_RATE) / (whole.granule - opus.preSkip);
}

/** AudioSpecificConfig of AAC-LC in frames of 1,024 samples: type, rate, channels, and three flags that are not set. */
const AAC_LC = 2;

/** Whether AAC in an MP4 becomes, in ADTS, what the encoder makes: with one frame before the sound. */
export function mp4Fits({ sampleRate, channels }: AudioProfile, { priming, config }: Mp4Sound): boolean {
  const wanted = (AAC_LC << 11) | (AAC_SAMPLE_RATES.indexOf(sampleRate) << 7) | (channels << 3);
  return priming === AAC_FRAME_SAMPLES && config === wanted;
}
