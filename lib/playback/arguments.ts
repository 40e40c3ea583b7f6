import { AUDIO_DEMUXERS } from '#lib/containers/audio-demuxers.ts';
import type { Capability } from '#lib/ffmpeg/capabilities.ts';
import { audioFilterCapabilities, audioFilterChain } from '#lib/filters/audio.ts';
import { audioProfileArguments } from '#lib/profiles/audio.ts';
import { audioCopyArguments } from '#lib/profiles/audio-copy.ts';
import { chainFilters, liveOf, type PlaybackSettings, profileOf } from './settings.ts';

/** How ffmpeg reads the source from descriptor 3: as a pipe, or as a file that it may seek in. */
export type Feed = 'pipe' | 'spool';

export type TranscodeInput = {
  readonly feed: Feed;
  /** ffmpeg's demuxer, if it was recognised from the first bytes of the source. */
  readonly demuxer: string | undefined;
  /** Seconds of audio after which the output is cut, unless less was requested; undefined for no limit. */
  readonly maxSeconds: number | undefined;
  /** A property of the ffmpeg that will run (`Capabilities`). */
  readonly losesPitchedEnd: boolean;
};

/** Seconds over the limit at which the output is cut, to tell a cut output from one that ended at the limit. */
const OVERRUN_SECONDS = 1;

/** Returns whether an output of `seconds` was cut because it was too long. */
export function wasCut(settings: PlaybackSettings, output: { seconds: number; maxSeconds: number }): boolean {
  const { seconds, maxSeconds } = output;
  return mayExceed(settings, maxSeconds) && seconds > maxSeconds + OVERRUN_SECONDS / 2;
}

/** Returns whether settings may produce more than `seconds` of audio. */
function mayExceed(settings: PlaybackSettings, seconds: number): boolean {
  const { duration, filters } = settings;
  const slowest = liveOf(settings)?.adjust.includes('speed') ? SLOWEST : filters.speed;
  return duration === undefined || duration / slowest > seconds;
}

/** The lowest speed. */
const SLOWEST = 0.5;

/** The descriptor as a file that can be opened again. */
const DESCRIPTOR_3 = process.platform === 'linux' ? '/proc/self/fd/3' : '/dev/fd/3';

/** The only protocols that are allowed for each feed. ffmpeg never connects to the network. */
const FEEDS: Readonly<Record<Feed | 'live_pipe', { readonly protocols: string; readonly url: string }>> = {
  pipe: { protocols: 'pipe', url: 'pipe:3' },
  // With a plain pipe ffmpeg does not read commands.
  live_pipe: { protocols: 'async,pipe', url: 'async:pipe:3' },
  spool: { protocols: 'file', url: `file:${DESCRIPTOR_3}` },
};

/**
 * Most bytes ffmpeg reads to find the streams, without headers. For most formats PROBE_BYTES_MOSTLY or a few frames are
 * enough, and every further byte delays the start. The formats listed here need more.
 */
const PROBE_BYTES: Readonly<Record<string, number>> = { ac3: 32_768, eac3: 32_768, mpegts: 1_048_576, asf: 1_048_576 };
const PROBE_BYTES_MOSTLY = 4_096;
const PROBE_BYTES_UNRECOGNISED = 1_048_576;
/** Microseconds of audio that ffmpeg reads for the same purpose. */
const PROBE_DURATION = '500000';

/** Returns the argument list of a transcode, without the supervisor's own options. */
export function transcodeArguments(settings: PlaybackSettings, input: TranscodeInput): string[] {
  const { maxSeconds, losesPitchedEnd } = input;
  const chain = { ...settings, filters: chainFilters(settings.filters), live: liveOf(settings), losesPitchedEnd };
  return [
    ...inputArguments(input, settings.live),
    ...['-map', '0:a:0', '-af', audioFilterChain(chain)],
    ...cutArguments(settings, maxSeconds),
    ...outputArguments(settings),
  ];
}

/** Returns the argument list of a passthrough: the packets of the source, copied into the profile's container. */
export function passthroughArguments(settings: PlaybackSettings, input: TranscodeInput): string[] {
  return [
    ...inputArguments(input, false),
    ...['-map', '0:a:0', ...cutArguments(settings, input.maxSeconds), ...UNMARKED],
    ...audioCopyArguments(profileOf(settings)),
    'pipe:1',
  ];
}

/** Returns the argument list of a probe: ffmpeg logs the format of the source and produces no output. */
export function probeArguments(input: Pick<TranscodeInput, 'feed' | 'demuxer'>): string[] {
  return [...inputArguments(input, false), '-map', '0:a:0', '-c:a', 'copy', '-t', '0', '-f', 'null', 'pipe:1'];
}

function cutArguments(settings: PlaybackSettings, maxSeconds: number | undefined): string[] {
  const mayBeCut = maxSeconds !== undefined && mayExceed(settings, maxSeconds);
  return mayBeCut ? ['-t', String(maxSeconds + OVERRUN_SECONDS)] : [];
}

function inputArguments({ feed, demuxer }: Pick<TranscodeInput, 'feed' | 'demuxer'>, live: boolean): string[] {
  const { protocols, url } = FEEDS[live && feed === 'pipe' ? 'live_pipe' : feed];
  const probeBytes = demuxer === undefined ? PROBE_BYTES_UNRECOGNISED : (PROBE_BYTES[demuxer] ?? PROBE_BYTES_MOSTLY);
  return [
    ...['-protocol_whitelist', protocols, '-format_whitelist', AUDIO_DEMUXERS.join(',')],
    ...(demuxer === undefined ? [] : ['-f', demuxer]),
    ...['-probesize', String(probeBytes), '-analyzeduration', PROBE_DURATION],
    // Decoding one audio stream needs no threads, and each thread uses memory.
    ...['-threads', '1', '-i', url],
  ];
}

/** Returns the capabilities these settings need in addition to those of every transcode. */
export function requiredCapabilities(settings: PlaybackSettings): Capability[] {
  return audioFilterCapabilities({ filters: chainFilters(settings.filters), live: liveOf(settings) });
}

/** Without metadata and with `bitexact`, the same settings produce the same bytes. */
const UNMARKED = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact'];

function outputArguments(settings: PlaybackSettings): string[] {
  return [
    ...[...UNMARKED, '-filter_threads', '1'],
    // Keeps the level of a stereo-to-mono downmix the same for all sample formats of the filters.
    ...['-rematrix_maxval', '1'],
    ...audioProfileArguments(profileOf(settings), settings.live ? 'paced' : 'unpaced'),
    'pipe:1',
  ];
}
