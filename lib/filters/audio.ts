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
  /** Start position in the source, seconds. */
  readonly startAt: number;
  /** Seconds of the source to play; to its end when undefined. */
  readonly duration: number | undefined;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Whether the ffmpeg loses the end of audio whose pitch is raised (`Capabilities`). */
  readonly losesPitchedEnd: boolean;
  /** Paced to real time and changeable by commands; undefined for as fast as possible. */
  readonly live: LiveChain | undefined;
};

export type LiveChain = {
  /** What commands may change. These filters are always in the chain, even if they change nothing at first. */
  readonly adjust: readonly Adjustable[];
  /** Seconds the output may be ahead of real time. */
  readonly leadSeconds: number;
};

/**
 * Derives timestamps from the number of samples: some containers count in milliseconds, and their rounding would leave
 * gaps in the output. Time starts at 0, regardless of the first timestamp. The exception is a chain that begins after
 * the first second: it was rebuilt because the source changed its rate or channels, and continues from there. The
 * result is rounded because not every time base represents the quotient exactly.
 */
const COUNT_SAMPLES = 'asetpts=STARTPTS*not(not(trunc(STARTPTS*TB)))+round(N/SR/TB)';

/** Seconds of silence, per doubling of the frequency, that push the end of the audio out of an affected rubberband. */
const PITCH_TAIL_SECONDS = 0.07;

export const LAYOUTS = { 1: 'mono', 2: 'stereo' } as const;

/**
 * Returns the filter chain. It first converts to the output's rate and layout, so that cuts fall on output samples and
 * no filter processes channels that are not in the output. Only filters that change something, or may,
 * follow.
 */
export function audioFilterChain(chain: AudioChain): string {
  const { filters, sampleRate, channels, live } = chain;
  const isAdjustable = (name: Adjustable): boolean => live?.adjust.includes(name) ?? false;
  const takesCommands = live !== undefined && live.adjust.length > 0;
  return [
    // A long chain of filters that round to 16 bits and clip there would be audible.
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

/** The capabilities that pitch needs. */
export const PITCH_CAPABILITIES: readonly Capability[] = ['filter:rubberband', 'filter:apad', 'filter:asetnsamples'];

/** The capabilities that pacing and commands need. */
const LIVE_CAPABILITIES: readonly Capability[] = ['filter:arealtime', 'filter:asetnsamples', 'protocol:async'];

/** Returns the capabilities this chain needs in addition to those of every transcode. */
export function audioFilterCapabilities({ filters, live }: Pick<AudioChain, 'filters' | 'live'>): Capability[] {
  const hasPitch = filters.pitch !== 0 || (live?.adjust.includes('pitch') ?? false);
  return [...(live === undefined ? [] : LIVE_CAPABILITIES), ...(hasPitch ? PITCH_CAPABILITIES : [])];
}

/** Fewest samples that rubberband needs: it fails on shorter audio and on empty audio. */
const SHORTEST_PITCHED = 2_048;

/**
 * `transients=smooth`: the default, `crisp`, resets phases within a tone and detunes it by a percent. Small frames:
 * rubberband treats the first frame it gets after the end as the last one and fails on the next.
 */
function pitchFilters(semitones: number, stage: { adjustable: boolean; losesEnd: boolean }): string[] {
  const { adjustable, losesEnd } = stage;
  const ratio = frequencyRatio(semitones);
  if (ratio === 1 && !adjustable) return [];
  return [
    `apad=whole_len=${SHORTEST_PITCHED}`,
    ...(losesEnd && ratio > 1 ? [`apad=pad_dur=${decimal(PITCH_TAIL_SECONDS * (ratio - 1))}`] : []),
    'asetnsamples=n=512:p=0',
    // `consistency`: otherwise a command that moves the ratio past 1 causes a loud click.
    adjustable
      ? `${PITCH_FILTER}=pitch=${decimal(ratio)}:transients=smooth:pitchq=consistency`
      : `rubberband=pitch=${decimal(ratio)}:transients=smooth`,
  ];
}

/** Cuts by sample: `-ss` is inexact in MP3, FLAC and WAV. Uses timestamps, which continue in a rebuilt chain. */
function trimFilters({ startAt, duration, sampleRate }: AudioChain): string[] {
  const first = Math.round(startAt * sampleRate);
  const end = duration === undefined ? undefined : Math.round((startAt + duration) * sampleRate);
  if (first === 0 && end === undefined) return [];
  const range = [...(first === 0 ? [] : [`start_pts=${first}`]), ...(end === undefined ? [] : [`end_pts=${end}`])];
  return [`atrim=${range.join(':')}`, ...(first === 0 ? [] : [`asetpts=PTS-round(${first}/SR/TB)`])];
}

/** A rebuilt chain begins at the time of the source, which must still be divided by the speed. */
function speedFilters(speed: number, adjustable: boolean): string[] {
  if (speed === 1 && !adjustable) return [];
  return [
    `${adjustable ? SPEED_FILTER : 'atempo'}=${decimal(speed)}`,
    `asetpts=round(STARTPTS/${decimal(speed)})+round(N/SR/TB)`,
  ];
}
