import { fileURLToPath } from 'node:url';
import { AUDIO_DEMUXERS } from '#lib/containers/audio-demuxers.ts';
import type { Capability } from '#lib/ffmpeg/capabilities.ts';
import { audioFilterCapabilities, audioFilterChain } from '#lib/filters/audio.ts';
import { audioProfileArguments } from '#lib/profiles/audio.ts';
import { audioCopyArguments } from '#lib/profiles/audio-copy.ts';
import { chainFilters, liveOf, type PlaybackSettings, profileOf } from './settings.ts';

/** How the source reaches ffmpeg: written into descriptor 3, as a file there that can be sought in, or read by itself from a URL; jumping about there, or only where its server gives ranges. */
export type Feed = 'pipe' | 'spool' | { readonly url: string; readonly seekable: boolean };

export type TranscodeInput = {
  readonly feed: Feed;
  /** ffmpeg's demuxer, when the source's first bytes show it. */
  readonly demuxer: string | undefined;
  /** Seconds of audio, shortly after which the output is cut, unless less was requested; undefined for no bound. */
  readonly maxSeconds: number | undefined;
  /** Of the ffmpeg that is to run (`Capabilities`). */
  readonly losesPitchedEnd: boolean;
};

/** Seconds beyond the longest duration, by which an output that has been cut differs from one that just ended. */
const OVERRUN_SECONDS = 1;

/** Whether an output of `seconds` was cut for being too long. */
export function wasCut(settings: PlaybackSettings, output: { seconds: number; maxSeconds: number }): boolean {
  const { seconds, maxSeconds } = output;
  return mayExceed(settings, maxSeconds) && seconds > maxSeconds + OVERRUN_SECONDS / 2;
}

/** Whether settings may give more than `seconds` of audio. */
function mayExceed(settings: PlaybackSettings, seconds: number): boolean {
  const { duration, filters } = settings;
  const slowest = liveOf(settings)?.adjust.includes('speed') ? SLOWEST : filters.speed;
  return duration === undefined || duration / slowest > seconds;
}

/** The least speed there is. */
const SLOWEST = 0.5;

/** The only protocols each feed gets; the service's ffmpeg never talks to the network. */
const FEEDS: Readonly<Record<'pipe' | 'spool' | 'live_pipe', { readonly protocols: string; readonly url: string }>> = {
  pipe: { protocols: 'pipe', url: 'pipe:3' },
  // With a plain pipe ffmpeg would not read commands.
  live_pipe: { protocols: 'async,pipe', url: 'async:pipe:3' },
  spool: { protocols: 'file', url: 'file:/proc/self/fd/3' },
};

/**
 * Bytes ffmpeg reads to learn the streams, at the most, headers not counted. Mostly these are enough, or a few frames are,
 * and every byte more is waited for; the rest has to be looked for.
 */
const PROBE_BYTES: Readonly<Record<string, number>> = { ac3: 32_768, eac3: 32_768, mpegts: 1_048_576, asf: 1_048_576 };
const PROBE_BYTES_MOSTLY = 4_096;
const PROBE_BYTES_UNRECOGNISED = 1_048_576;
/** Microseconds of sound that are looked at for the same purpose. */
const PROBE_DURATION = '500000';

/** The argument list of a transcode, after the supervisor's own options. */
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

/** The argument list of a passthrough: the source's own packets in the profile's container. */
export function passthroughArguments(settings: PlaybackSettings, input: TranscodeInput): string[] {
  return [
    ...inputArguments(input, false),
    ...['-map', '0:a:0', ...cutArguments(settings, input.maxSeconds), ...UNMARKED],
    ...audioCopyArguments(profileOf(settings)),
    'pipe:1',
  ];
}

/** The argument list of a look at a source: ffmpeg logs what it is, and gives nothing. */
export function probeArguments(input: Pick<TranscodeInput, 'feed' | 'demuxer'>): string[] {
  return [...inputArguments(input, false), '-map', '0:a:0', '-c:a', 'copy', '-t', '0', '-f', 'null', 'pipe:1'];
}

function cutArguments(settings: PlaybackSettings, maxSeconds: number | undefined): string[] {
  const mayBeCut = maxSeconds !== undefined && mayExceed(settings, maxSeconds);
  return mayBeCut ? ['-t', String(maxSeconds + OVERRUN_SECONDS)] : [];
}

/** Of the scheme that a URL has: no other is followed to. */
const URL_PROTOCOLS: Readonly<Record<string, string>> = {
  'http:': 'http,https,tcp,tls',
  'https:': 'http,https,tcp,tls',
  'file:': 'file',
};
/**
 * A connection that breaks is opened again where it was, if its server gives ranges (without, `-reconnect_streamed` would
 * begin anew from the first byte); one that is silent for ten seconds has broken.
 */
const PERSISTENT = ['-reconnect', '1', '-reconnect_delay_max', '2', '-rw_timeout', '10000000'];

function feedOf(feed: Feed, live: boolean): { protocols: string; url: string; options: readonly string[] } {
  if (typeof feed === 'string') return { ...FEEDS[live && feed === 'pipe' ? 'live_pipe' : feed], options: [] };
  const url = new URL(feed.url);
  const { protocol } = url;
  url.hash = '';
  const isLocal = protocol === 'file:';
  return {
    protocols: URL_PROTOCOLS[protocol] ?? 'none',
    // ffmpeg takes the rest of a file's URL as it is.
    url: isLocal ? `file:${fileURLToPath(url)}` : url.href,
    options: isLocal ? [] : [...PERSISTENT, '-seekable', feed.seekable ? '1' : '-1'],
  };
}

function inputArguments({ feed, demuxer }: Pick<TranscodeInput, 'feed' | 'demuxer'>, live: boolean): string[] {
  const { protocols, url, options } = feedOf(feed, live);
  const probeBytes = demuxer === undefined ? PROBE_BYTES_UNRECOGNISED : (PROBE_BYTES[demuxer] ?? PROBE_BYTES_MOSTLY);
  return [
    ...['-protocol_whitelist', protocols, '-format_whitelist', AUDIO_DEMUXERS.join(',')],
    ...(demuxer === undefined ? [] : ['-f', demuxer]),
    ...['-probesize', String(probeBytes), '-analyzeduration', PROBE_DURATION],
    // One stream of sound needs no threads; each would take memory.
    ...['-threads', '1', ...options, '-i', url],
  ];
}

/** What an ffmpeg must have for these settings beyond what every transcode needs. */
export function requiredCapabilities(settings: PlaybackSettings): Capability[] {
  return audioFilterCapabilities({ filters: chainFilters(settings.filters), live: liveOf(settings) });
}

/** Without metadata and with `bitexact` the same settings give the same bytes. */
const UNMARKED = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact'];

function outputArguments(settings: PlaybackSettings): string[] {
  return [
    ...[...UNMARKED, '-filter_threads', '1'],
    // Stereo becomes mono at one level, whatever number format the filters work in.
    ...['-rematrix_maxval', '1'],
    ...audioProfileArguments(profileOf(settings), settings.live ? 'paced' : 'unpaced'),
    'pipe:1',
  ];
}
