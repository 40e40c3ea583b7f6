import type { Capability } from '#lib/ffmpeg/capabilities.ts';
import { type Equalization, equalizerSections, sectionFilter } from './equalizer.ts';
import {
  type Adjustable,
  type AudioFilters,
  adjustableVolume,
  frequencyRatio,
  PITCH_FILTER,
  pacingFilters,
  promptFrames,
  SPEED_FILTER,
} from './live.ts';
import { decimal } from './numbers.ts';

export type AudioChain = {
  readonly filters: AudioFilters;
  /** Seconds into the source. */
  readonly startAt: number;
  /** Seconds of source; undefined for all. */
  readonly duration: number | undefined;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** What plays it loses the end of a sound whose pitch goes up (`Capabilities`). */
  readonly losesPitchedEnd: boolean;
  /** Paced to real time and changed by commands; undefined for as fast as it goes. */
  readonly live: LiveChain | undefined;
};

export type LiveChain = {
  /** What commands may change: its filters are in the chain whatever they are set to. */
  readonly adjust: readonly Adjustable[];
  /** Seconds the output may be ahead of real time. */
  readonly leadSeconds: number;
};

/**
 * Time is the number of samples: some containers count in milliseconds, and the gaps of their rounding would go into
 * the output. It begins at 0, whatever the first timestamp is; only a chain that begins later than a second was built
 * anew, because the source changed its rate or channels on the way, and goes on from there. Rounded, since not every
 * time base holds the quotient exactly.
 */
const COUNT_SAMPLES = 'asetpts=STARTPTS*not(not(trunc(STARTPTS*TB)))+round(N/SR/TB)';

/** Seconds of silence that push the end of the sound out of a rubberband that loses it, for each doubling of the frequency. */
const PITCH_TAIL_SECONDS = 0.07;

export const LAYOUTS = { 1: 'mono', 2: 'stereo' } as const;

/**
 * The filter chain: converted to the output's rate and layout first, so that a cut falls on an output sample and all
 * after it runs on no more channels than are heard; then only the filters that change something, or may come to.
 */
export function audioFilterChain(chain: AudioChain): string {
  const { filters, sampleRate, channels, live } = chain;
  const isAdjustable = (name: Adjustable): boolean => live?.adjust.includes(name) ?? false;
  const takesCommands = live !== undefined && live.adjust.length > 0;
  return [
    // Many filters in a row that round to 16 bits, and clip there, would be heard.
    `aformat=${takesCommands ? 'sample_fmts=fltp:' : ''}sample_rates=${sampleRate}:channel_layouts=${LAYOUTS[channels]}`,
    COUNT_SAMPLES,
    ...trimFilters(chain),
    ...(takesCommands ? [promptFrames(sampleRate)] : []),
    ...speedFilters(filters.speed, isAdjustable('speed')),
    ...pitchFilters(filters.pitch, { adjustable: isAdjustable('pitch'), losesEnd: chain.losesPitchedEnd }),
    ...equalizationFilters(filters, { sampleRate, adjustable: isAdjustable('equalizer') }),
    ...volumeFilters(filters.volume, { sampleRate, adjustable: isAdjustable('volume') }),
    ...(live === undefined ? [] : pacingFilters(live.leadSeconds, sampleRate)),
  ].join(',');
}

type Stage = { readonly sampleRate: number; readonly adjustable: boolean };

function equalizationFilters(equalization: Equalization, { sampleRate, adjustable }: Stage): string[] {
  const sections = equalizerSections(equalization, sampleRate);
  const used = adjustable ? sections : sections.filter(({ gain }) => gain !== 0);
  return used.map((section) => sectionFilter(section, { labelled: adjustable }));
}

function volumeFilters(volume: number, { sampleRate, adjustable }: Stage): string[] {
  if (adjustable) return adjustableVolume(volume, sampleRate);
  return volume === 1 ? [] : [`volume=${decimal(volume)}`];
}

/** What a pitch needs. */
export const PITCH_CAPABILITIES: readonly Capability[] = ['filter:rubberband', 'filter:apad', 'filter:asetnsamples'];

/** What pacing and changes by command need. */
const LIVE_CAPABILITIES: readonly Capability[] = ['filter:arealtime', 'filter:asetnsamples', 'protocol:async'];

/** What an ffmpeg must have for this chain beyond what every transcode needs. */
export function audioFilterCapabilities({ filters, live }: Pick<AudioChain, 'filters' | 'live'>): Capability[] {
  const hasPitch = filters.pitch !== 0 || (live?.adjust.includes('pitch') ?? false);
  return [...(live === undefined ? [] : LIVE_CAPABILITIES), ...(hasPitch ? PITCH_CAPABILITIES : [])];
}

/** Samples that rubberband needs at the least: it fails on a shorter sound, and on one that is already over. */
const SHORTEST_PITCHED = 2_048;

/**
 * `transients=smooth`: `crisp`, the default, resets phases within a tone and puts it out of tune by a percent. Small
 * frames: rubberband takes the first piece it gets after the end for the last one, and fails on the next.
 */
function pitchFilters(semitones: number, stage: { adjustable: boolean; losesEnd: boolean }): string[] {
  const { adjustable, losesEnd } = stage;
  const ratio = frequencyRatio(semitones);
  if (ratio === 1 && !adjustable) return [];
  return [
    `apad=whole_len=${SHORTEST_PITCHED}`,
    ...(losesEnd && ratio > 1 ? [`apad=pad_dur=${decimal(PITCH_TAIL_SECONDS * (ratio - 1))}`] : []),
    'asetnsamples=n=512:p=0',
    // `consistency`: else a command that takes the pitch across its own 1 is a loud click.
    adjustable
      ? `${PITCH_FILTER}=pitch=${decimal(ratio)}:transients=smooth:pitchq=consistency`
      : `rubberband=pitch=${decimal(ratio)}:transients=smooth`,
  ];
}

/** Cut by sample: `-ss` is not exact in MP3, FLAC or WAV. By time in samples, which goes on in a chain that is built anew. */
function trimFilters({ startAt, duration, sampleRate }: AudioChain): string[] {
  const first = Math.round(startAt * sampleRate);
  const end = duration === undefined ? undefined : Math.round((startAt + duration) * sampleRate);
  if (first === 0 && end === undefined) return [];
  const range = [...(first === 0 ? [] : [`start_pts=${first}`]), ...(end === undefined ? [] : [`end_pts=${end}`])];
  return [`atrim=${range.join(':')}`, ...(first === 0 ? [] : [`asetpts=PTS-round(${first}/SR/TB)`])];
}

/** A chain that is built anew begins at the source's time, which has yet to be divided by the speed. */
function speedFilters(speed: number, adjustable: boolean): string[] {
  if (speed === 1 && !adjustable) return [];
  return [
    `${adjustable ? SPEED_FILTER : 'atempo'}=${decimal(speed)}`,
    `asetpts=round(STARTPTS/${decimal(speed)})+round(N/SR/TB)`,
  ];
}
