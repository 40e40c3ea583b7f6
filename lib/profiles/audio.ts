import type { Capability } from '#lib/ffmpeg/capabilities.ts';

export const OUTPUT_FORMATS = ['opus', 'aac', 'pcm'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const QUALITY_PRESETS = ['lowlatency', 'standard', 'high'] as const;
export type QualityPreset = (typeof QUALITY_PRESETS)[number];

export const SAMPLE_RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000] as const;
export type SampleRate = (typeof SAMPLE_RATES)[number];

/** Sample rates that libopus can encode, Hz. */
export const OPUS_SAMPLE_RATES: readonly SampleRate[] = [8_000, 16_000, 24_000, 48_000];

/** Bitrates that a request may set, kbit/s. */
export const BITRATE_RANGES: Readonly<Record<'opus' | 'aac', { readonly min: number; readonly max: number }>> = {
  opus: { min: 6, max: 256 },
  aac: { min: 32, max: 320 },
};

export type AudioProfile = {
  readonly format: OutputFormat;
  readonly preset: QualityPreset;
  /** bit/s. Undefined for PCM; otherwise undefined makes `audioProfile` use the preset's. */
  readonly bitrate: number | undefined;
  readonly sampleRate: SampleRate;
  readonly channels: 1 | 2;
};

/** The capabilities that every transcode needs. */
export const AUDIO_CAPABILITIES: readonly Capability[] = [
  ...(['libopus', 'aac', 'pcm_s16le'] as const).map((name): Capability => `encoder:${name}`),
  ...(['ogg', 'adts', 's16le'] as const).map((name): Capability => `muxer:${name}`),
  ...(['mp3', 'aac', 'flac', 'ogg', 'wav', 'mov', 'matroska'] as const).map((name): Capability => `demuxer:${name}`),
  ...(['aformat', 'aresample', 'atrim', 'asetpts', 'atempo', 'equalizer', 'bass', 'treble', 'volume'] as const).map(
    (name): Capability => `filter:${name}`,
  ),
  ...(['pipe', 'file'] as const).map((name): Capability => `protocol:${name}`),
  'bsf:setts',
];

const PRESET_BITRATES: Readonly<Record<'opus' | 'aac', Readonly<Record<QualityPreset, number>>>> = {
  opus: { lowlatency: 96_000, standard: 96_000, high: 128_000 },
  aac: { lowlatency: 128_000, standard: 128_000, high: 192_000 },
};

/** Length of one Opus packet, ms. */
export const OPUS_FRAME_MS: Readonly<Record<QualityPreset, number>> = { lowlatency: 10, standard: 20, high: 20 };

/**
 * Complexity of libopus, 0–10, chosen with `npm run quality`. Compared with 10, 7 loses under 1 % of the bitrate and no
 * sound gets worse. `standard` uses 5, which is meant to be cheap: 0.65 of the CPU time of 10, for a loss of 8 %, mostly on
 * bare ringing tones.
 */
const OPUS_COMPLEXITY: Readonly<Record<QualityPreset, number>> = { lowlatency: 7, standard: 5, high: 7 };

/** Whether audio is encoded in real time, or as fast as possible. */
export const PACES = ['paced', 'unpaced'] as const;
export type Pace = (typeof PACES)[number];

/**
 * Length of an Ogg page, ms. A page is written when it is full. With one packet a page, page headers would make up a
 * tenth of the bytes and of the work, and each page is another chunk to handle. Pages are longer where no reader waits
 * for one.
 */
const OGG_PAGE_MS: Readonly<Record<QualityPreset, Readonly<Record<Pace, number>>>> = {
  lowlatency: { paced: 10, unpaced: 10 },
  standard: { paced: 100, unpaced: 200 },
  high: { paced: 100, unpaced: 200 },
};

const OPUS_APPLICATION = { lowlatency: 'lowdelay', standard: 'audio', high: 'audio' } as const;

/** Samples of one AAC-LC frame, and the most bits it may hold for each channel (ISO/IEC 14496-3, 4.5.3.1). */
export const AAC_FRAME_SAMPLES = 1_024;
const AAC_FRAME_BITS = 6_144;

/** Returns the largest AAC bitrate at this sample rate, bit/s. */
export function maxAacBitrate(sampleRate: number, channels: number): number {
  return Math.floor((AAC_FRAME_BITS * channels * sampleRate) / AAC_FRAME_SAMPLES);
}

/** Adds the preset's bitrate if none is set. For AAC it never exceeds the maximum of the sample rate. */
export function audioProfile(settings: AudioProfile): AudioProfile {
  const { format, preset, sampleRate, channels, bitrate } = settings;
  if (format === 'pcm') return { ...settings, bitrate: undefined };
  const presetBitrate = PRESET_BITRATES[format][preset];
  const ceiling = format === 'aac' ? maxAacBitrate(sampleRate, channels) : presetBitrate;
  return { ...settings, bitrate: bitrate ?? Math.min(presetBitrate, ceiling) };
}

/**
 * Makes each packet start where the previous one ends. When a source changes its sample rate, ffmpeg rebuilds the
 * filters, and the new timestamps do not continue exactly. In Ogg that would appear as a gap that does not exist.
 */
export const UNBROKEN_TIME = 'setts=ts=if(N\\,PREV_OUTPTS+PREV_OUTDURATION\\,PTS)';

type ProfileArguments = (profile: AudioProfile, pace: Pace) => readonly string[];

const ARGUMENTS: Readonly<Record<OutputFormat, ProfileArguments>> = {
  opus: ({ preset, bitrate }, pace) => [
    // Constrained: with unconstrained VBR, music uses up to a fifth more than requested.
    ...['-c:a', 'libopus', '-b:a', String(bitrate), '-vbr', 'constrained', '-application', OPUS_APPLICATION[preset]],
    ...['-frame_duration', String(OPUS_FRAME_MS[preset]), '-compression_level', String(OPUS_COMPLEXITY[preset])],
    ...['-bsf:a', UNBROKEN_TIME],
    // By default the muxer holds a page back for a second.
    ...['-f', 'ogg', '-page_duration', String(OGG_PAGE_MS[preset][pace] * 1_000), '-serial_offset', '1'],
  ],
  aac: ({ bitrate }) => ['-c:a', 'aac', '-b:a', String(bitrate), '-f', 'adts'],
  pcm: () => ['-c:a', 'pcm_s16le', '-f', 's16le'],
};

/** Returns ffmpeg's output options of a profile, without the output's name. */
export function audioProfileArguments(profile: AudioProfile, pace: Pace): string[] {
  const { sampleRate, channels } = profile;
  const format = ARGUMENTS[profile.format](profile, pace);
  return ['-ar', String(sampleRate), '-ac', String(channels), ...format, '-flush_packets', '1'];
}

/** The media types of the responses, without their parameters. */
export const AUDIO_MEDIA_TYPES = ['audio/ogg', 'audio/aac', 'audio/pcm'] as const;

const CONTENT_TYPES: Readonly<Record<OutputFormat, (profile: AudioProfile) => string>> = {
  opus: () => 'audio/ogg; codecs=opus',
  aac: () => 'audio/aac',
  pcm: ({ sampleRate, channels }) => `audio/pcm; rate=${sampleRate}; channels=${channels}; encoding=s16le`,
};

/** Returns the media type of a profile's output. */
export function audioContentType(profile: AudioProfile): string {
  return CONTENT_TYPES[profile.format](profile);
}
