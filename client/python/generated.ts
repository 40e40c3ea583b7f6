import { z } from 'zod';
import { audioFilterChain } from '#lib/filters/audio.ts';
import { EQ_PRESETS } from '#lib/filters/equalizer.ts';
import {
  ADJUSTABLE,
  adjustableVolume,
  controlCommand,
  nextValue,
  PITCH_FILTER,
  pacingFilters,
  promptFrames,
  SPEED_FILTER,
  VOLUME_FILTER,
} from '#lib/filters/live.ts';
import { type Feed, transcodeArguments } from '#lib/playback/arguments.ts';
import { encoderLag } from '#lib/playback/encoder-lag.ts';
import { FILTERS } from '#lib/playback/filter-fields.ts';
import { settingsOf, TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { DEFAULT_ADJUST, LEAD_SECONDS } from '#lib/playback/settings.ts';
import {
  AAC_FRAME_SAMPLES,
  AUDIO_CAPABILITIES,
  type AudioProfile,
  audioContentType,
  audioProfile,
  audioProfileArguments,
  BITRATE_RANGES,
  maxAacBitrate,
  OPUS_FRAME_MS,
  OPUS_SAMPLE_RATES,
  OUTPUT_FORMATS,
  type OutputFormat,
  PACES,
  type Pace,
  QUALITY_PRESETS,
  type QualityPreset,
  SAMPLE_RATES,
} from '#lib/profiles/audio.ts';
import { sections } from './equalizer-sections.ts';

/** Returns the data of the builders, by its names in the Python module, which fills in each `{name}` in a text. */
export function builderData(): Record<string, unknown> {
  return {
    OUTPUT_FORMATS: OUTPUT_FORMATS,
    QUALITY_PRESETS: QUALITY_PRESETS,
    SAMPLE_RATES: SAMPLE_RATES,
    OPUS_SAMPLE_RATES: OPUS_SAMPLE_RATES,
    EQ_PRESETS: EQ_PRESETS,
    ...filterRanges(),
    FILTER_DEFAULTS: FILTERS.parse({}),
    ADJUSTABLE: ADJUSTABLE,
    DEFAULT_ADJUST: DEFAULT_ADJUST,
    LEAD_SECONDS: LEAD_SECONDS,
    BITRATE_RANGES: BITRATE_RANGES,
    AAC_FRAME_SAMPLES: AAC_FRAME_SAMPLES,
    AAC_BITS_PER_SAMPLE: maxAacBitrate(1, 1),
    OPUS_FRAME_MS: OPUS_FRAME_MS,
    BITRATES: byFormatAndPreset(({ bitrate }) => bitrate ?? 0),
    ENCODER_LAG_SAMPLES: byFormatAndPreset((profile) => Math.round(encoderLag(profile) * profile.sampleRate)),
    CONTENT_TYPES: Object.fromEntries(
      OUTPUT_FORMATS.map((format) => [format, contentType(profileOf(format, 'standard'))]),
    ),
    INPUT_ARGUMENTS: {
      pipe: inputArguments('pipe', false),
      live_pipe: inputArguments('pipe', true),
      spool: inputArguments('spool', false),
    },
    COMMON_OUTPUT_ARGUMENTS: commonOutputArguments(),
    PROFILE_ARGUMENTS: Object.fromEntries(PACES.map((pace) => [pace, byFormatAndPreset(profileArguments(pace))])),
    CHAIN_BEGIN: { '': chainBegin([]), commands: chainBegin(['volume']) },
    SECTIONS: sections(),
    FRAMES: Object.fromEntries(SAMPLE_RATES.map((rate) => [rate, promptFrames(rate)])),
    ADJUSTABLE_VOLUME: Object.fromEntries(
      SAMPLE_RATES.map((rate) => [rate, adjustableVolume(SOME, rate).map((filter) => named(filter, 'volume'))]),
    ),
    PACING: Object.fromEntries(
      SAMPLE_RATES.map((rate) => [rate, pacingFilters(SOME, rate).map((filter) => named(filter, 'lead'))]),
    ),
    SPEED_FILTER: SPEED_FILTER,
    PITCH_FILTER: PITCH_FILTER,
    VOLUME_FILTER: VOLUME_FILTER,
    PARAMETERS: Object.fromEntries(COMMANDED.map((target) => [target.split('@')[0], parameterOf(target)])),
    VOLUME_RAMP: volumeRamp(),
    LARGEST_RISE_DB: Object.fromEntries(GAINS.map((target) => [target.split('@')[0], largestRise(target)])),
    CAPABILITIES: AUDIO_CAPABILITIES,
  };
}

type Range = { readonly type: string; readonly minimum: number; readonly maximum: number };

/** Returns the ranges of the numeric filters and of the equaliser's gains. */
function filterRanges() {
  const schema = z.toJSONSchema(FILTERS, { io: 'input' }) as { properties: Record<string, Range & { items?: Range }> };
  const ends = ({ minimum, maximum }: Range) => [minimum, maximum];
  const numbers = Object.entries(schema.properties).filter(([, { type }]) => type === 'number');
  const gain = schema.properties['equalizer']?.items;
  return {
    FILTER_RANGES: Object.fromEntries(numbers.map(([name, range]) => [name, ends(range)])),
    GAIN_RANGE: gain && ends(gain),
  };
}

/** A placeholder number that no builder uses. */
const SOME = 7_654_321;
const GAINS = ['bass@x', 'treble@x', 'equalizer@x'] as const;
const COMMANDED = [...GAINS, SPEED_FILTER, PITCH_FILTER, VOLUME_FILTER] as const;

function named(text: string, name: string): string {
  return text.replaceAll(String(SOME), `{${name}}`);
}

function profileOf(format: OutputFormat, preset: QualityPreset): AudioProfile {
  return audioProfile({ format, preset, bitrate: undefined, sampleRate: 48_000, channels: 2 });
}

function byFormatAndPreset<T>(of: (profile: AudioProfile) => T): Record<string, Record<string, T>> {
  return Object.fromEntries(
    OUTPUT_FORMATS.map((format) => [
      format,
      Object.fromEntries(QUALITY_PRESETS.map((preset) => [preset, of(profileOf(format, preset))])),
    ]),
  );
}

/** Returns the media type with its parameters (RFC 9110, 8.3.1). */
function contentType(profile: AudioProfile): string {
  return audioContentType(profile)
    .replace(`rate=${profile.sampleRate}`, 'rate={sample_rate}')
    .replace(`channels=${profile.channels}`, 'channels={channels}');
}

function profileArguments(pace: Pace): (profile: AudioProfile) => string[] {
  return (profile) => {
    const [rate, ...rest] = audioProfileArguments({ ...profile, bitrate: SOME }, pace);
    const [, channels, , ...others] = rest;
    return [rate ?? '', '{sample_rate}', channels ?? '', '{channels}', ...others.map((text) => named(text, 'bitrate'))];
  };
}

const SETTINGS = settingsOf(TRANSCODE_REQUEST.parse({ source_url: 'http://h/', output_format: 'pcm' }));

function wholeList(feed: Feed, live = false): string[] {
  const input = { feed, demuxer: undefined, maxSeconds: undefined, losesPitchedEnd: false };
  return transcodeArguments({ ...SETTINGS, live }, input);
}

/** Returns the arguments up to the source's descriptor: its number is `{input}`, its path `{descriptor}`. */
function inputArguments(feed: Feed, live: boolean): string[] {
  const all = wholeList(feed, live);
  const end = all.indexOf('-i') + 1;
  const url = (all[end] ?? '').replace(/^file:.*/, 'file:{descriptor}').replace(/3$/, '{input}');
  return [...all.slice(0, end), url];
}

/** Returns the arguments between the URL and those of the profile; `{filters}` is the filter chain. */
function commonOutputArguments(): string[] {
  const all = wholeList('pipe');
  const between = all.slice(all.indexOf('-i') + 2, all.indexOf('-ar'));
  between[between.indexOf('-af') + 1] = '{filters}';
  return between;
}

function chainBegin(adjust: readonly 'volume'[]): string {
  const chain = audioFilterChain({
    filters: { speed: 1, pitch: 0, volume: 1, eqPreset: 'flat', equalizer: undefined },
    startAt: 0,
    duration: undefined,
    sampleRate: SOME,
    channels: 2,
    losesPitchedEnd: false,
    live: adjust.length === 0 ? undefined : { adjust, leadSeconds: 2 },
  });
  const [begin = ''] = chain.split(`,${promptFrames(SOME)}`);
  return named(begin, 'sample_rate').replace('layouts=stereo', 'layouts={layout}');
}

function parameterOf(target: string): string {
  return controlCommand({ target, from: 1, to: 1 }).command;
}

function volumeRamp(): string {
  const { argument } = controlCommand({ target: VOLUME_FILTER, from: SOME, to: SOME + 1_234_567 });
  return named(argument, 'start').replace('1234567', '{rise}');
}

/** Returns the largest rise in one step, dB, to a tenth. */
function largestRise(target: string): number {
  const tenths = Array.from({ length: 480 }, (_, index) => (index + 1) / 10);
  return tenths.findLast((to) => nextValue({ target, from: 0, to }) === to) ?? 0;
}
