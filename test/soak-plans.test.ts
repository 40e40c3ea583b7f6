import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planAdjustments } from '../bench/soak/adjustment-plan.ts';
import { FAULT_KINDS, planFaults } from '../bench/soak/fault-plan.ts';
import { commonSlope } from '../bench/soak/linear-fit.ts';
import { planPlaylist } from '../bench/soak/playlist-plan.ts';
import { createRandom } from '../bench/soak/random.ts';

const COUNT = 500;
const TRACKS = { channel: 3, tracks: ['a.mp3', 'b.wav'] as const satisfies [string, ...string[]] };

describe('the choices of a soak', () => {
  for (const [name, plan] of [
    ['faults', (seed: string) => planFaults(createRandom(seed)).take(COUNT).toArray()],
    [
      'tracks',
      (seed: string) =>
        planPlaylist(createRandom(seed), { ...TRACKS, tracks: ['a.mp3', 'b.wav'] })
          .take(COUNT)
          .toArray(),
    ],
    ['adjustments', (seed: string) => planAdjustments(createRandom(seed)).take(COUNT).toArray()],
  ] as const) {
    it(`are the same ${name} for the same seed, and different ones for another`, () => {
      assert.deepEqual(plan('one'), plan('one'));
      assert.notDeepEqual(plan('one'), plan('two'));
    });
  }

  it('contain every kind of fault, or only the named ones', () => {
    const kinds = (named?: typeof FAULT_KINDS) =>
      new Set(
        planFaults(createRandom('one'), named)
          .take(COUNT)
          .map(({ kind }) => kind),
      );
    assert.deepEqual(kinds(), new Set(FAULT_KINDS));
    assert.deepEqual(kinds(['full_disk', 'kill_host']), new Set(['full_disk', 'kill_host']));
    assert.deepEqual(kinds([]), new Set());
  });

  it('contain bad tracks, each with its own name, and a valid one first', () => {
    const items = planPlaylist(createRandom('one'), { channel: 3, tracks: ['a.mp3', 'b.wav'] })
      .take(COUNT)
      .toArray();
    assert.equal(items[0]?.isGood, true);
    assert.equal(new Set(items.map(({ path }) => path)).size, COUNT);
    assert.deepEqual(new Set(items.map(({ track }) => track)), new Set(['a.mp3', 'b.wav', 'missing', 'text', 'empty']));
  });

  it('leave time between two changes of speed', () => {
    let elapsed = 0;
    const times = planAdjustments(createRandom('one'))
      .take(COUNT)
      .flatMap(({ afterMs, patch }) => {
        elapsed += afterMs;
        return patch.speed === undefined ? [] : [elapsed];
      })
      .toArray();
    assert.ok(times.length > 20);
    assert.ok(times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) >= 9_000));
  });
});

describe('a slope', () => {
  it('is common to several processes with different start values', () => {
    const line = (level: number) => [0, 1, 2, 3].map((x) => ({ x: x + level, y: 100 * level + 5 * x }));
    const { slope, error } = commonSlope([line(1), line(7), line(2)]);
    assert.ok(Math.abs(slope - 5) < 1e-9);
    assert.ok(error < 1e-9);
  });

  it('is unknown with too few points', () => {
    assert.ok(Number.isNaN(commonSlope([[{ x: 0, y: 1 }], []]).slope));
  });
});
