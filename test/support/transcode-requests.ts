import fc from 'fast-check';
import { EQ_PRESETS, EQUALIZER_BANDS } from '#lib/filters/equalizer.ts';
import { settingsOf, TRANSCODE_REQUEST, type TranscodeRequest } from '#lib/playback/request.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';
import { OUTPUT_FORMATS, QUALITY_PRESETS, SAMPLE_RATES } from '#lib/profiles/audio.ts';

/** A parsed request with the required fields and these. */
export function transcodeRequest(fields: Readonly<Record<string, unknown>> = {}): TranscodeRequest {
  return TRANSCODE_REQUEST.parse({ source_url: 'https://example.org/a.mp3', output_format: 'opus', ...fields });
}

/** The settings of such a request. */
export function playbackSettings(fields: Readonly<Record<string, unknown>> = {}): PlaybackSettings {
  return settingsOf(transcodeRequest(fields));
}

export type RequestRanges = {
  /** Largest `start_at` and `duration`, seconds. */
  readonly maxSeconds: number;
};

/** Never −0, which neither JSON nor a query can express. */
const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc
    .oneof(
      fc.double({ min, max, noNaN: true }),
      fc.constantFrom(min, max),
      fc.integer({ min: Math.ceil(min), max: Math.floor(max) }),
    )
    .map((value) => value + 0);

/** Requests of every kind that the schema accepts, including limits. */
export function acceptedRequests({ maxSeconds }: RequestRanges): fc.Arbitrary<TranscodeRequest> {
  const equalizer = fc.array(number(-12, 12), { minLength: EQUALIZER_BANDS.length, maxLength: EQUALIZER_BANDS.length });
  const numbers = { speed: number(0.5, 2), pitch: number(-12, 12), volume: number(0, 2) };
  const filters = fc.oneof(
    fc.record({ ...numbers, eq_preset: fc.constantFrom(...EQ_PRESETS) }, { requiredKeys: [] }),
    fc.record({ ...numbers, equalizer }, { requiredKeys: [] }),
  );
  const fields = fc.record(
    {
      source_url: fc.constant('https://example.org/a.wav'),
      output_format: fc.constantFrom(...OUTPUT_FORMATS),
      quality_preset: fc.constantFrom(...QUALITY_PRESETS),
      bitrate: fc.integer({ min: 1, max: 330 }).map((kilobits) => `${kilobits}k`),
      sample_rate: fc.constantFrom(...SAMPLE_RATES),
      channels: fc.constantFrom(1, 2),
      filters,
      start_at: number(0, maxSeconds),
      duration: number(0, maxSeconds),
    },
    { requiredKeys: ['source_url', 'output_format'] },
  );
  return fields
    .map((request) => TRANSCODE_REQUEST.safeParse(request))
    .filter(({ success }) => success)
    .map(({ data }) => data as TranscodeRequest);
}
