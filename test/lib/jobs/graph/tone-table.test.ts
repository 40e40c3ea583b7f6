import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { converted, type HighRange, toneTable } from '#lib/jobs/graph/tone-table.ts';

const LIGHTS: readonly HighRange[] = ['pq', 'hlg'];

const grey = (signal: number, light: HighRange): number => converted([signal, signal, signal], light)[1] ?? 0;

describe('the table of tones', () => {
  for (const [light, white] of [
    ['pq', 0.58],
    ['hlg', 0.75],
  ] as const) {
    it(`gives the reference white of ${light} a luma of 200, and leaves grey grey`, () => {
      const [red = 0, green = 0, blue = 0] = converted([white, white, white], light);
      assert.ok(Math.abs(16 + 219 * green - 200.5) < 1);
      assert.ok(Math.abs(red - green) < 0.002 && Math.abs(blue - green) < 0.002);
    });
  }

  it('keeps black, never falls, and stays within the range', () => {
    for (const light of LIGHTS) {
      assert.equal(grey(0, light), 0);
      const levels = Array.from({ length: 101 }, (_, index) => grey(index / 100, light));
      assert.ok(levels.every((level, index) => level >= (levels[index - 1] ?? 0) && level <= 1));
    }
  });

  it('keeps the hue of colours that are brighter than the screen', () => {
    const [red = 0, green = 0, blue = 0] = converted([0.8, 0.2, 0.2], 'pq');
    assert.ok(red > 0.9 && green < 0.5 && blue < 0.5);
  });

  it('is a cube of 33 points a side', () => {
    for (const light of LIGHTS) {
      const lines = toneTable(light).trimEnd().split('\n');
      assert.equal(lines[0], 'LUT_3D_SIZE 33');
      assert.equal(lines.length, 1 + 33 ** 3);
      assert.ok(lines.slice(1).every((line) => /^[01]\.\d{4} [01]\.\d{4} [01]\.\d{4}$/.test(line)));
    }
  });
});
