import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  EQ_PRESETS,
  EQUALIZER_BANDS,
  type EqPreset,
  equalizerSections,
  sectionFilter,
} from '#lib/filters/equalizer.ts';
import { SAMPLE_RATES } from '#lib/profiles/audio.ts';

const ALL_UP = EQUALIZER_BANDS.map(() => 6);

/** Returns the filters that change something. */
function active(eqPreset: EqPreset, equalizer: readonly number[] | undefined, rate: number): string[] {
  const sections = equalizerSections({ eqPreset, equalizer }, rate);
  return sections.filter(({ gain }) => gain !== 0).map((section) => sectionFilter(section, { labelled: false }));
}

const equalizerFilters = (gains: readonly number[], rate: number) => active('flat', gains, rate);
const eqPresetFilters = (preset: EqPreset, rate: number) => active(preset, undefined, rate);

function frequenciesOf(filters: readonly string[]): number[] {
  return filters.map((filter) => Number(/frequency=(\d+)/.exec(filter)?.[1]));
}

describe('the equaliser', () => {
  it('has one filter for each band that is not at 0 dB', () => {
    assert.deepEqual(equalizerFilters([0, 0, -3.5, 0, 0, 0, 0, 0, 12, 0], 48_000), [
      'equalizer=frequency=125:width_type=o:width=1:gain=-3.5',
      'equalizer=frequency=8000:width_type=o:width=1:gain=12',
    ]);
    assert.deepEqual(frequenciesOf(equalizerFilters(ALL_UP, 48_000)), [...EQUALIZER_BANDS]);
    assert.deepEqual(equalizerFilters([], 48_000), []);
  });

  it('omits the bands that the sample rate cannot contain', () => {
    assert.deepEqual(frequenciesOf(equalizerFilters(ALL_UP, 8_000)), [31, 62, 125, 250, 500, 1_000, 2_000]);
    assert.deepEqual(frequenciesOf(equalizerFilters(ALL_UP, 22_050)).at(-1), 8_000);
  });

  it('never uses a frequency at or above half the sample rate', () => {
    const gains = fc.array(fc.double({ min: -12, max: 12, noNaN: true }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(gains, fc.constantFrom(...SAMPLE_RATES), fc.constantFrom(...EQ_PRESETS), (bands, rate, preset) => {
        for (const frequency of frequenciesOf([...equalizerFilters(bands, rate), ...eqPresetFilters(preset, rate)])) {
          assert.ok(frequency < rate / 2, `${frequency} Hz at ${rate} Hz`);
        }
      }),
    );
  });
});

describe('an equaliser preset', () => {
  it('has no filters when flat', () => {
    assert.deepEqual(eqPresetFilters('flat', 48_000), []);
  });

  it('consists of its shelves', () => {
    assert.deepEqual(eqPresetFilters('voice', 48_000), [
      'bass=frequency=95:width_type=q:width=0.5:gain=-26',
      'treble=frequency=6800:width_type=q:width=0.5:gain=-26',
    ]);
    assert.match(eqPresetFilters('bass_boost', 48_000).join(), /^bass=.*gain=6$/);
    assert.match(eqPresetFilters('treble', 48_000).join(), /^treble=.*gain=4$/);
  });

  it('omits what the sample rate cannot contain', () => {
    assert.deepEqual(eqPresetFilters('treble', 8_000), []);
    assert.equal(eqPresetFilters('voice', 8_000).length, 1);
  });
});
