import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adjustablesOf, merge, refuseFixed, without } from '#lib/playback/filter-patch.ts';
import type { Filters } from '#lib/playback/settings.ts';

const GAINS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const VOICE: Filters = { speed: 1, pitch: 0, eq_preset: 'voice', volume: 1 };
const { eq_preset: _, ...PLAIN } = VOICE;

describe('a change of filters', () => {
  it('leaves what it does not name', () => {
    assert.deepEqual(merge(VOICE, { speed: 2 }), { ...VOICE, speed: 2 });
    assert.deepEqual(merge(VOICE, { speed: undefined, volume: 0 }), { ...VOICE, volume: 0 });
    assert.deepEqual(merge(VOICE, {}), VOICE);
  });

  it('puts an equaliser in the place of a preset, and the other way round', () => {
    const equalized = merge(VOICE, { equalizer: GAINS });
    assert.deepEqual(equalized, { ...PLAIN, equalizer: GAINS });
    assert.deepEqual(merge(equalized, { eq_preset: 'flat' }), { ...PLAIN, eq_preset: 'flat' });
  });

  it('loses to a later one what both change', () => {
    const patch = { speed: 2, eq_preset: 'voice' as const };
    assert.deepEqual(without(patch, { equalizer: GAINS, volume: 1 }), { speed: 2 });
    assert.deepEqual(without(patch, { speed: 1 }), { eq_preset: 'voice' });
  });

  it('touches what a stream calls its fields', () => {
    assert.deepEqual(adjustablesOf({ volume: 1, eq_preset: 'flat', speed: 1 }), ['speed', 'equalizer', 'volume']);
    assert.deepEqual(adjustablesOf({ pitch: undefined }), []);
  });

  it('is refused for what is fixed, unless it is so already', () => {
    const stream = { filters: VOICE, adjustable: ['speed'] as const };
    refuseFixed({ speed: 2, eq_preset: 'voice', volume: 1 }, stream);
    assert.throws(() => refuseFixed({ equalizer: GAINS }, stream), {
      code: 'CONFLICT',
      details: { field: 'filters.equalizer', adjust: ['speed'] },
    });
  });
});
