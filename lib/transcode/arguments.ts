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
};

/** The only protocol each feed gets; ffmpeg never talks to the network. */
const FEEDS: Readonly<Record<Feed, { readonly protocol: string; readonly url: string }>> = {
  pipe: { protocol: 'pipe', url: 'pipe:3' },
  spool: { protocol: 'file', url: 'file:/proc/self/fd/3' },
};

/** Bytes ffmpeg may read to learn the streams: little where the container's own header tells them. */
const PROBE_BYTES = { known: 32_768, unknown: 1_048_576 } as const;

/** Containers whose streams are only known from the packets themselves. */
const SLOW_TO_PROBE: ReadonlySet<string> = new Set(['mpegts', 'asf']);

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
  return [...inputArguments(input), '-map', '0:a:0', '-af', filterChainOf(request), ...outputArguments(request)];
}

function inputArguments({ feed, demuxer }: TranscodeInput): string[] {
  const { protocol, url } = FEEDS[feed];
  const quick = demuxer !== undefined && !SLOW_TO_PROBE.has(demuxer);
  return [
    ...['-protocol_whitelist', protocol, '-format_whitelist', AUDIO_DEMUXERS.join(',')],
    ...(demuxer === undefined ? [] : ['-f', demuxer]),
    ...(quick
      ? ['-probesize', String(PROBE_BYTES.known), '-analyzeduration', '0']
      : ['-probesize', String(PROBE_BYTES.unknown)]),
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
    ...audioProfileArguments(profileOf(request)),
    'pipe:1',
  ];
}
