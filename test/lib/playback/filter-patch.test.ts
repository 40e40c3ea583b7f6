import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adjustablesOf, merge, refuseFixed, without } from '#lib/playback/filter-patch.ts';
import type { Filters } from '#lib/playback/settings.ts';

const GAINS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const VOICE: Filters = { speed: 1, pitch: 0, eq_preset: 'voice', volume: 1 };
const { eq_preset: _, ...PLAIN } = VOICE;

describe('a change of filters', () => {
  it('does not change filters it omits', () => {
    assert.deepEqual(merge(VOICE, { speed: 2 }), { ...VOICE, speed: 2 });
    assert.deepEqual(merge(VOICE, { speed: undefined, volume: 0 }), { ...VOICE, volume: 0 });
    assert.deepEqual(merge(VOICE, {}), VOICE);
  });

  it('replaces a preset by an equaliser and an equaliser by a preset', () => {
    const equalized = merge(VOICE, { equalizer: GAINS });
    assert.deepEqual(equalized, { ...PLAIN, equalizer: GAINS });
    assert.deepEqual(merge(equalized, { eq_preset: 'flat' }), { ...PLAIN, eq_preset: 'flat' });
  });

  it('loses to a later change the fields that both change', () => {
    const patch = { speed: 2, eq_preset: 'voice' as const };
    assert.deepEqual(without(patch, { equalizer: GAINS, volume: 1 }), { speed: 2 });
    assert.deepEqual(without(patch, { speed: 1 }), { eq_preset: 'voice' });
  });

  it('maps its fields to the adjustables of a stream', () => {
    assert.deepEqual(adjustablesOf({ volume: 1, eq_preset: 'flat', speed: 1 }), ['speed', 'equalizer', 'volume']);
    assert.deepEqual(adjustablesOf({ pitch: undefined }), []);
  });

  it('is rejected for a fixed filter, unless the value stays the same', () => {
    const stream = { filters: VOICE, adjustable: ['speed'] as const };
    refuseFixed({ speed: 2, eq_preset: 'voice', volume: 1 }, stream);
    assert.throws(() => refuseFixed({ equalizer: GAINS }, stream), {
      code: 'CONFLICT',
      details: { field: 'filters.equalizer', adjust: ['speed'] },
    });
  });
});
