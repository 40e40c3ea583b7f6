import type { TranscodeRequest } from '#lib/playback/request.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';

/** Returns the body of `POST /transcode` for these settings: the inverse of `settingsOf`. */
export function requestOf(sourceUrl: string, settings: PlaybackSettings): object {
  const { format, preset, bitrate, sampleRate, startAt, leadSeconds, ...others } = settings;
  return {
    ...others,
    source_url: sourceUrl,
    output_format: format,
    quality_preset: preset,
    bitrate: bitrate === undefined ? undefined : `${bitrate / 1_000}k`,
    sample_rate: sampleRate,
    start_at: startAt,
    lead_seconds: leadSeconds,
  } satisfies Readonly<Record<keyof TranscodeRequest, unknown>>;
}
