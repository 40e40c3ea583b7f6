import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ADJUSTABLE } from '#lib/filters/live.ts';
import { settingsOf, TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { profileOf } from '#lib/playback/settings.ts';
import { maxAacBitrate, OUTPUT_FORMATS } from '#lib/profiles/audio.ts';
import { acceptedRequests, transcodeRequest } from '../../support/transcode-requests.ts';

type Fields = Readonly<Record<string, unknown>>;

const REQUIRED = { source_url: 'https://example.org/a.mp3', output_format: 'opus' };

/** Returns `field: message` for each error in these fields. */
function offences(fields: Fields): string[] {
  const { error } = TRANSCODE_REQUEST.safeParse({ ...REQUIRED, ...fields });
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

const ZEROS = Array.from({ length: 10 }, () => 0);

const ACCEPTED: readonly Fields[] = [
  ...['opus', 'aac', 'pcm'].map((output_format) => ({ output_format })),
  ...['lowlatency', 'standard', 'high'].map((quality_preset) => ({ quality_preset })),
  ...['6k', '96k', '256k'].map((bitrate) => ({ bitrate })),
  ...['32k', '320k'].map((bitrate) => ({ output_format: 'aac', bitrate })),
  ...[8_000, 16_000, 24_000, 48_000].map((sample_rate) => ({ sample_rate })),
  ...[22_050, 44_100].map((sample_rate) => ({ output_format: 'pcm', sample_rate })),
  ...[1, 2].map((channels) => ({ channels })),
  ...[0.5, 2].map((speed) => ({ filters: { speed } })),
  ...[-12, 12].map((pitch) => ({ filters: { pitch } })),
  ...[0, 2].map((volume) => ({ filters: { volume } })),
  ...['flat', 'bass_boost', 'voice', 'treble'].map((eq_preset) => ({ filters: { eq_preset } })),
  ...[-12, 0, 12].map((gain) => ({ filters: { equalizer: ZEROS.map(() => gain) } })),
  ...[0, 0.5, 1_000_000].map((start_at) => ({ start_at })),
  ...[0.001, 1_000_000].map((duration) => ({ duration })),
  ...[true, false].map((live) => ({ live })),
  ...[[], ['pitch'], ['volume', 'speed', 'equalizer', 'pitch']].map((adjust) => ({ live: true, adjust })),
  ...[0.2, 30].map((lead_seconds) => ({ live: true, lead_seconds })),
];

const REFUSED: readonly [fields: Fields, offence: string][] = [
  [{ source_url: undefined }, 'source_url: source_url must be a URL'],
  [{ source_url: '' }, 'source_url: source_url must be a URL'],
  [{ source_url: 5 }, 'source_url: source_url must be a URL'],
  [{ source_url: `https://a/${'x'.repeat(8_192)}` }, 'source_url: source_url must be at most 8192 characters'],
  [{ output_format: undefined }, `output_format: output_format must be one of ${OUTPUT_FORMATS.join(', ')}`],
  [{ output_format: 'mp3' }, `output_format: output_format must be one of ${OUTPUT_FORMATS.join(', ')}`],
  [{ quality_preset: 'ultra' }, 'quality_preset: quality_preset must be one of lowlatency, standard, high'],
  ...['96', '96K', 'k', '0k', '096k', '1000k', '9.5k', ' 96k', '96k\n'].map((bitrate): [Fields, string] => [
    { bitrate },
    'bitrate: bitrate must be a whole number of kbit/s followed by k, such as "96k"',
  ]),
  [{ bitrate: 96 }, 'bitrate: bitrate must be a whole number of kbit/s followed by k, such as "96k"'],
  [{ bitrate: '5k' }, 'bitrate: bitrate must be between 6k and 256k with opus'],
  [{ bitrate: '257k' }, 'bitrate: bitrate must be between 6k and 256k with opus'],
  [{ output_format: 'aac', bitrate: '31k' }, 'bitrate: bitrate must be between 32k and 320k with aac'],
  [{ output_format: 'aac', bitrate: '321k' }, 'bitrate: bitrate must be between 32k and 320k with aac'],
  [{ output_format: 'pcm', bitrate: '96k' }, 'bitrate: bitrate is not allowed with pcm'],
  [
    { output_format: 'pcm', sample_rate: 96_000 },
    'sample_rate: sample_rate must be one of 8000, 16000, 22050, 24000, 44100, 48000',
  ],
  [{ sample_rate: '48000' }, 'sample_rate: sample_rate must be one of 8000, 16000, 22050, 24000, 44100, 48000'],
  [{ sample_rate: 44_100 }, 'sample_rate: sample_rate must be one of 8000, 16000, 24000, 48000 with opus'],
  ...[0, 3, '2', null].map((channels): [Fields, string] => [{ channels }, 'channels: channels must be one of 1, 2']),
  ...[0.499, 2.001, '1', null, Number.NaN].map((speed): [Fields, string] => [
    { filters: { speed } },
    'filters.speed: speed must be between 0.5 and 2.0',
  ]),
  ...[-12.1, 13].map((pitch): [Fields, string] => [
    { filters: { pitch } },
    'filters.pitch: pitch must be between -12 and 12 semitones',
  ]),
  ...[-0.1, 2.1].map((volume): [Fields, string] => [
    { filters: { volume } },
    'filters.volume: volume must be between 0.0 and 2.0',
  ]),
  ...['yes', 1, null].map((live): [Fields, string] => [{ live }, 'live: live must be true or false']),
  [{ live: true, adjust: 'speed' }, 'adjust: adjust must be a list'],
  [{ live: true, adjust: ['tempo'] }, `adjust.0: adjust must be one of ${ADJUSTABLE.join(', ')}`],
  [{ adjust: ['speed'] }, 'adjust: adjust is only allowed when live is true'],
  [{ live: false, lead_seconds: 1 }, 'lead_seconds: lead_seconds is only allowed when live is true'],
  ...[0.19, 31, '2'].map((lead_seconds): [Fields, string] => [
    { live: true, lead_seconds },
    'lead_seconds: lead_seconds must be between 0.2 and 30 seconds',
  ]),
  [{ filters: { eq_preset: 'loud' } }, 'filters.eq_preset: eq_preset must be one of flat, bass_boost, voice, treble'],
  [{ filters: { equalizer: [1, 2, 3] } }, 'filters.equalizer: equalizer must be 10 numbers'],
  [{ filters: { equalizer: [...ZEROS, 0] } }, 'filters.equalizer: equalizer must be 10 numbers'],
  [{ filters: { equalizer: '0' } }, 'filters.equalizer: equalizer must be 10 numbers'],
  [{ filters: { equalizer: ZEROS.with(3, 13) } }, 'filters.equalizer.3: equalizer must be between -12 and 12 dB'],
  [
    { filters: { eq_preset: 'flat', equalizer: ZEROS } },
    'filters.equalizer: equalizer and eq_preset cannot be combined: set only one of them',
  ],
  ...[-1, 1_000_001].map((start_at): [Fields, string] => [
    { start_at },
    'start_at: start_at must be between 0.0 and 1000000 seconds',
  ]),
  [{ duration: 0 }, 'duration: duration must be above 0 seconds'],
  [{ duration: -1 }, 'duration: duration must be above 0 seconds'],
  [{ duration: 1_000_001 }, 'duration: duration must be at most 1000000 seconds'],
  [{ duration: '5' }, 'duration: duration must be a number of seconds'],
];

describe('a transcode request', () => {
  it('needs a source and a format, and has defaults for the rest', () => {
    assert.deepEqual(transcodeRequest(), {
      ...REQUIRED,
      quality_preset: 'standard',
      sample_rate: 48_000,
      channels: 2,
      filters: { speed: 1, pitch: 0, volume: 1 },
      start_at: 0,
      live: false,
    });
  });

  for (const fields of ACCEPTED) {
    it(`accepts ${JSON.stringify(fields)}`, () => assert.deepEqual(offences(fields), []));
  }

  for (const [fields, offence] of REFUSED) {
    const value = JSON.stringify(fields, (_, text) =>
      typeof text === 'number' && !Number.isFinite(text) ? 'NaN' : text,
    );
    it(`rejects ${value.slice(0, 80)}`, () => {
      const [first, ...others] = offences(fields);
      assert.equal(first, offence);
      for (const other of others) assert.equal(other.split(':')[0], offence.split(':')[0]);
    });
  }

  it('names every unknown field', () => {
    const { error } = TRANSCODE_REQUEST.safeParse({ ...REQUIRED, codec: 'x', paced: true, filters: { reverb: 1 } });
    const unknown = error?.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key].join('.')) : [],
    );
    assert.deepEqual(unknown?.toSorted(), ['codec', 'filters.reverb', 'paced']);
  });

  it('cannot be a list, a string or empty', () => {
    for (const body of [null, undefined, [], 'text', 5]) assert.equal(TRANSCODE_REQUEST.safeParse(body).success, false);
  });

  it('reports all errors at once', () => {
    assert.equal(
      offences({ output_format: 'mp3', channels: 9, filters: { speed: 9, volume: 9 }, start_at: -1 }).length,
      5,
    );
  });

  it('limits an AAC bitrate to what its frames can hold', () => {
    const aac = { output_format: 'aac', sample_rate: 8_000, channels: 1 };
    assert.deepEqual(offences({ ...aac, bitrate: '48k' }), []);
    assert.deepEqual(offences({ ...aac, bitrate: '49k' }), [
      'bitrate: bitrate must be at most 48k for aac at 8000 Hz with 1 channel(s)',
    ]);
    assert.deepEqual(offences({ ...aac, channels: 2, bitrate: '96k' }), []);
  });

  it('never passes an encoder a bitrate that it does not support', () => {
    fc.assert(
      fc.property(acceptedRequests({ maxSeconds: 10 }), (request) => {
        const { bitrate = 32_000, sampleRate, channels } = profileOf(settingsOf(request));
        assert.ok(bitrate >= 6_000 && bitrate <= 320_000);
        if (request.output_format === 'aac') assert.ok(bitrate <= maxAacBitrate(sampleRate, channels));
        if (request.bitrate !== undefined) assert.equal(bitrate, Number.parseInt(request.bitrate, 10) * 1_000);
      }),
    );
  });
});
