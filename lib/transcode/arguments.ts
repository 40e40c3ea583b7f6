import { audioFilterChain } from '#lib/filters/audio.ts';
import { type AudioProfile, audioProfile, audioProfileArguments } from '#lib/profiles/audio.ts';
import { AUDIO_DEMUXERS } from '#lib/sources/audio-demuxers.ts';
import { bitrateOf, type TranscodeRequest } from './request.ts';

/** How the source reaches ffmpeg: written into descriptor 3, or descriptor 3 is a file that can be sought in. */
export type Feed = 'pipe' | 'spool';

export type TranscodeInput = {
  readonly feed: Feed;
  /** ffmpeg's demuxer, when the source's first bytes told it. */
  readonly demuxer: string | undefined;
  /** Seconds of audio at which the output is cut, unless the request itself asks for no more. */
  readonly maxSeconds: number;
};

/** Whether a request may give more than so many seconds of audio. */
export function mayExceed({ duration, filters }: TranscodeRequest, seconds: number): boolean {
  return duration === undefined || duration / filters.speed > seconds;
}

/** The only protocol each feed gets; ffmpeg never talks to the network. */
const FEEDS: Readonly<Record<Feed, { readonly protocol: string; readonly url: string }>> = {
  pipe: { protocol: 'pipe', url: 'pipe:3' },
  spool: { protocol: 'file', url: 'file:/proc/self/fd/3' },
};

/**
 * Bytes ffmpeg reads to learn the streams, at the most. A few frames tell all of MP3 and ADTS, and every byte more is
 * waited for; other containers tell it in their headers, which do not count; the rest has to be looked for.
 */
const PROBE_BYTES: Readonly<Record<string, number>> = { mp3: 4_096, aac: 4_096, mpegts: 1_048_576, asf: 1_048_576 };
const PROBE_BYTES_BY_HEADER = 32_768;
const PROBE_BYTES_UNRECOGNISED = 1_048_576;

export function profileOf(request: TranscodeRequest): AudioProfile {
  return audioProfile({
    format: request.output_format,
    preset: request.quality_preset,
    bitrate: request.bitrate === undefined ? undefined : bitrateOf(request.bitrate),
    sampleRate: request.sample_rate,
    channels: request.channels,
  });
}

/** The argument list of a transcode, behind the supervisor's own options. */
export function transcodeArguments(request: TranscodeRequest, input: TranscodeInput): string[] {
  const { maxSeconds } = input;
  return [
    ...inputArguments(input),
    ...['-map', '0:a:0', '-af', filterChainOf(request)],
    ...(mayExceed(request, maxSeconds) ? ['-t', String(maxSeconds)] : []),
    ...outputArguments(request),
  ];
}

function inputArguments({ feed, demuxer }: TranscodeInput): string[] {
  const { protocol, url } = FEEDS[feed];
  const probeBytes = demuxer === undefined ? PROBE_BYTES_UNRECOGNISED : (PROBE_BYTES[demuxer] ?? PROBE_BYTES_BY_HEADER);
  return [
    ...['-protocol_whitelist', protocol, '-format_whitelist', AUDIO_DEMUXERS.join(',')],
    ...(demuxer === undefined ? [] : ['-f', demuxer]),
    ...['-probesize', String(probeBytes)],
    // One stream of sound needs no threads; each would take memory.
    ...['-threads', '1', '-i', url],
  ];
}

function filterChainOf(request: TranscodeRequest): string {
  const { speed, pitch, eq_preset: eqPreset = 'flat', equalizer, volume } = request.filters;
  return audioFilterChain({
    filters: { speed, pitch, eqPreset, equalizer, volume },
    startAt: request.start_at,
    duration: request.duration,
    sampleRate: request.sample_rate,
    channels: request.channels,
  });
}

/** Without metadata and with `bitexact` the same request gives the same bytes. */
function outputArguments(request: TranscodeRequest): string[] {
  return [
    ...['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact', '-filter_threads', '1'],
    // Stereo becomes mono at one level, whatever number format the filters work in.
    ...['-rematrix_maxval', '1'],
    ...audioProfileArguments(profileOf(request)),
    'pipe:1',
  ];
}
