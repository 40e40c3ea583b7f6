import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Capability } from '#lib/ffmpeg/capabilities.ts';
import { type AudioChain, audioFilterCapabilities, audioFilterChain, PITCH_CAPABILITIES } from '#lib/filters/audio.ts';
import { EQ_PRESETS, EQUALIZER_BANDS } from '#lib/filters/equalizer.ts';
import { ADJUSTABLE, type AudioFilters } from '#lib/filters/live.ts';
import { AUDIO_CAPABILITIES, SAMPLE_RATES } from '#lib/profiles/audio.ts';

const NEUTRAL: AudioFilters = { speed: 1, pitch: 0, eqPreset: 'flat', equalizer: undefined, volume: 1 };
const FLAT = EQUALIZER_BANDS.map(() => 0);
const COUNTED = 'asetpts=STARTPTS*not(not(trunc(STARTPTS*TB)))+round(N/SR/TB)';
const NEUTRAL_STEREO = `aformat=sample_rates=48000:channel_layouts=stereo,${COUNTED}`;

function chain({ filters, ...rest }: Partial<Omit<AudioChain, 'filters'>> & { filters?: Partial<AudioFilters> } = {}) {
  return audioFilterChain({
    filters: { ...NEUTRAL, ...filters },
    startAt: 0,
    duration: undefined,
    sampleRate: 48_000,
    channels: 2,
    losesPitchedEnd: true,
    live: undefined,
    ...rest,
  });
}

/** Everything that a valid request may contain. */
const anyChain: fc.Arbitrary<AudioChain> = fc.record({
  filters: fc.record({
    speed: fc.double({ min: 0.5, max: 2, noNaN: true }),
    pitch: fc.double({ min: -12, max: 12, noNaN: true }),
    eqPreset: fc.constantFrom(...EQ_PRESETS),
    equalizer: fc.option(fc.array(fc.double({ min: -12, max: 12, noNaN: true }), { minLength: 10, maxLength: 10 }), {
      nil: undefined,
    }),
    volume: fc.double({ min: 0, max: 2, noNaN: true }),
  }),
  startAt: fc.double({ min: 0, max: 1e6, noNaN: true }),
  duration: fc.option(fc.double({ min: Number.MIN_VALUE, max: 1e6, noNaN: true }), { nil: undefined }),
  sampleRate: fc.constantFrom(...SAMPLE_RATES),
  channels: fc.constantFrom(1, 2),
  losesPitchedEnd: fc.boolean(),
  live: fc.option(
    fc.record({ adjust: fc.subarray([...ADJUSTABLE]), leadSeconds: fc.double({ min: 0.2, max: 30, noNaN: true }) }),
    { nil: undefined },
  ),
});

describe('the audio filter chain', () => {
  it('only converts when no filter is requested', () => {
    assert.equal(chain(), NEUTRAL_STEREO);
    assert.equal(chain({ filters: { equalizer: FLAT } }), NEUTRAL_STEREO);
    assert.equal(
      chain({ sampleRate: 8_000, channels: 1 }),
      `aformat=sample_rates=8000:channel_layouts=mono,${COUNTED}`,
    );
  });

  it('contains the requested filters in the cheapest order', () => {
    const filters: AudioFilters = { speed: 1.25, pitch: 12, eqPreset: 'bass_boost', equalizer: undefined, volume: 0.5 };
    assert.equal(
      chain({ filters, startAt: 1.5, duration: 10 }),
      [
        NEUTRAL_STEREO,
        'atrim=start_pts=72000:end_pts=552000',
        'asetpts=PTS-round(72000/SR/TB)',
        'atempo=1.25',
        'asetpts=round(STARTPTS/1.25)+round(N/SR/TB)',
        'apad=whole_len=2048',
        'apad=pad_dur=0.07',
        'asetnsamples=n=512:p=0',
        'rubberband=pitch=2:transients=smooth',
        'bass=frequency=220:width_type=q:width=0.7:gain=6',
        'volume=0.5',
      ].join(),
    );
  });

  it('cuts on output samples', () => {
    assert.equal(chain({ startAt: 1 / 3 }), `${NEUTRAL_STEREO},atrim=start_pts=16000,asetpts=PTS-round(16000/SR/TB)`);
    assert.equal(chain({ duration: 0.5 }), `${NEUTRAL_STEREO},atrim=end_pts=24000`);
    assert.equal(chain({ startAt: 1e-9 }), NEUTRAL_STEREO);
  });

  it('continues at a cut without a lost or repeated sample', () => {
    const seconds = fc.double({ min: 0.001, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, (startAt, duration) => {
        const [, end] = /end_pts=(\d+)/.exec(chain({ startAt, duration })) ?? [];
        const [, start] = /start_pts=(\d+)/.exec(chain({ startAt: startAt + duration })) ?? [];
        assert.equal(end, start);
      }),
    );
  });

  it('contains no exponent and nothing that a filter graph would have to escape', () => {
    fc.assert(
      fc.property(anyChain, (request) => {
        const text = audioFilterChain(request);
        assert.match(text.replaceAll(/'[^'\\]*'/g, ''), /^[a-zA-Z0-9_=:.,()/+*@-]+$/);
        assert.doesNotMatch(text, /\d[eE][+-]?\d|NaN|Infinity|undefined/);
      }),
      { numRuns: 500 },
    );
  });

  it('adds padding only for a raised pitch whose end would be lost', () => {
    assert.match(chain({ filters: { pitch: 7 } }), /,apad=pad_dur=0\.0348\d+,asetnsamples=/);
    assert.doesNotMatch(chain({ filters: { pitch: -7 } }), /pad_dur/);
    assert.doesNotMatch(chain({ filters: { pitch: 7 }, losesPitchedEnd: false }), /pad_dur/);
  });

  it('needs rubberband only for pitch', () => {
    assert.deepEqual(audioFilterCapabilities({ filters: NEUTRAL, live: undefined }), []);
    assert.deepEqual(audioFilterCapabilities({ filters: { ...NEUTRAL, pitch: -0.5 }, live: undefined }), [
      ...PITCH_CAPABILITIES,
    ]);
  });

  it('uses no filter that is missing from the required capabilities', () => {
    fc.assert(
      fc.property(anyChain, (request) => {
        const named =
          audioFilterChain(request)
            .replaceAll(/'[^']*'|\([^)]*\)/g, '')
            .match(/(?<=^|,)[a-z]+/g) ?? [];
        const needed = audioFilterCapabilities(request);
        for (const filter of named) {
          const capability: Capability = `filter:${filter}`;
          assert.ok(AUDIO_CAPABILITIES.includes(capability) || needed.includes(capability), filter);
        }
      }),
    );
  });
});
