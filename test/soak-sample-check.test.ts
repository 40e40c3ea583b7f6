import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSampleCheck, type Deviation } from '../bench/soak/sample-check.ts';

const FRAME = 4;
const FRAMES = 20_000;

/** Sound that never repeats. */
function track(name: string, seed: number): { name: string; pcm: Buffer } {
  const pcm = Buffer.alloc(FRAMES * FRAME);
  for (let at = 0; at < pcm.length; at += 4) pcm.writeUInt32LE(Math.imul(at + seed, 2_654_435_761) >>> 0, at);
  return { name, pcm };
}

const TRACKS = ['one', 'two', 'three'].map((name, index) => track(name, index * 1_000_003));
const WHOLE = Buffer.concat(TRACKS.map(({ pcm }) => pcm));

function check(heard: Buffer, cuts: readonly number[] = []): { deviations: Deviation[]; tracks: number } {
  const deviations: Deviation[] = [];
  let next = 0;
  const checking = createSampleCheck({
    next: () => TRACKS[next++] ?? { name: 'silence', pcm: Buffer.alloc(1 << 20) },
    onDeviation: (deviation) => void deviations.push(deviation),
  });
  const places = [0, ...cuts.toSorted((one, other) => one - other), heard.length];
  for (const [index, place] of places.slice(1).entries()) checking.push(heard.subarray(places[index], place));
  checking.end();
  return { deviations, tracks: checking.tracks() };
}

const without = (from: number, to: number): Buffer => Buffer.concat([WHOLE.subarray(0, from), WHOLE.subarray(to)]);

describe('the comparison of samples', () => {
  it('finds nothing wrong with correct audio, in any chunks', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: WHOLE.length }), { maxLength: 30 });
    fc.assert(fc.property(cuts, (places) => assert.deepEqual(check(WHOLE, places), { deviations: [], tracks: 3 })));
  });

  it('finds one lost sample, in any chunks', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: WHOLE.length - FRAME }), { maxLength: 30 });
    const heard = without(8_000 * FRAME, 8_001 * FRAME);
    const expected = [{ track: 'one', atSample: 8_000, what: '1 samples lost' }];
    fc.assert(fc.property(cuts, (places) => assert.deepEqual(check(heard, places).deviations, expected)));
  });

  it('finds repeated samples', () => {
    const heard = Buffer.concat([WHOLE.subarray(0, 25_000 * FRAME), WHOLE.subarray(24_500 * FRAME)]);
    assert.deepEqual(check(heard).deviations, [{ track: 'two', atSample: 5_000, what: '500 samples repeated' }]);
  });

  it('finds that a track was cut, and continues with the next', () => {
    const { deviations } = check(without(15_000 * FRAME, 20_000 * FRAME));
    assert.deepEqual(deviations, [{ track: 'one', atSample: 15_000, what: 'cut 5000 samples before its end' }]);
  });

  it('finds a different sound, and continues after it', () => {
    const heard = Buffer.from(WHOLE);
    heard.fill(0, 30_000 * FRAME, 34_000 * FRAME);
    const { deviations, tracks } = check(heard);
    assert.deepEqual(deviations, [{ track: 'two', atSample: 10_000, what: 'different sound' }]);
    assert.equal(tracks, 3);
  });

  it('finds a single wrong bit, even in the last samples', () => {
    for (const at of [4_001, WHOLE.length - 3]) {
      const heard = Buffer.from(WHOLE);
      heard[at] = (heard[at] ?? 0) ^ 1;
      assert.equal(check(heard).deviations.length, 1, `at ${at}`);
    }
  });

  it('accepts an incomplete last track', () => {
    assert.deepEqual(check(WHOLE.subarray(0, WHOLE.length - 4_000)), { deviations: [], tracks: 2 });
  });
});
