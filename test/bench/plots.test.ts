import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GROWTH_COUNTS, GROWTH_PARTS, growthLabel } from '../../bench/support/growth.ts';
import { growthPlot } from '../../bench/support/growth-plot.ts';
import { ratioPlot } from '../../bench/support/ratio-plot.ts';
import type { Line, Samples, Target } from '../../bench/support/row.ts';
import { resultOf } from './support/results.ts';
import { assertWellFormed } from './support/well-formed.ts';

const RATIO: Target = { of: 'ratio', relation: '≤', value: 0.2 };

function firstByte(samples: Samples, target = RATIO) {
  return resultOf('first-byte', { opus: [{ unit: 'ms', at: 'p50', target }, samples] });
}

/** Returns the values of an attribute of all elements of a class, in order. */
function numbers(svg: string, of: string, attribute: string): number[] {
  return [...svg.matchAll(new RegExp(`<\\w+ class="${of}"[^>]* ${attribute}="([\\d.]+)"`, 'g'))].map(([, n]) =>
    Number(n),
  );
}

describe('the plot of ratios', () => {
  it('draws a bar that ends at its ratio on the scale', () => {
    const svg = ratioPlot([firstByte({ baseline: [100], ours: [20] })]);
    const [x = 0] = numbers(svg, 'bar', 'x');
    const [width = 0] = numbers(svg, 'bar', 'width');
    const [target = 0] = numbers(svg, 'target', 'x1');
    assert.ok(Math.abs(x + width - target) < 0.2, `${x + width} is not at the mark of 0.2, ${target}`);
    const grid = numbers(svg, 'grid', 'x1');
    assert.ok(grid.some((line) => Math.abs(line - target) < 0.2));
  });

  it('marks a target of our own figure as a share of the baseline', () => {
    const own: Target = { of: 'ours', relation: '≤', value: 50 };
    const [absolute] = numbers(ratioPlot([firstByte({ baseline: [250], ours: [20] }, own)]), 'target', 'x1');
    const [relative] = numbers(ratioPlot([firstByte({ baseline: [250], ours: [20] })]), 'target', 'x1');
    assert.equal(absolute, relative);
  });

  it('leaves out the mark of a target beyond the scale', () => {
    const far: Target = { of: 'ours', relation: '≤', value: 1_000 };
    assert.deepEqual(numbers(ratioPlot([firstByte({ baseline: [10], ours: [20] }, far)]), 'target', 'x1'), []);
  });

  it('draws a missed target in another colour', () => {
    assert.equal(numbers(ratioPlot([firstByte({ baseline: [100], ours: [21] })]), 'missed', 'x').length, 1);
    assert.equal(numbers(ratioPlot([firstByte({ baseline: [100], ours: [19] })]), 'missed', 'x').length, 0);
  });

  it('stays within its frame for any ratio', () => {
    for (const ours of [0, 1e-9, 1e9]) {
      const svg = ratioPlot([firstByte({ baseline: [1], ours: [ours] })]);
      const [x = Number.NaN] = numbers(svg, '(?:bar|missed)', 'x');
      const [width = Number.NaN] = numbers(svg, '(?:bar|missed)', 'width');
      assert.ok(width >= 0 && x + width <= 900, svg);
    }
  });

  it('is well-formed with any name of a machine', () => {
    const svg = ratioPlot([firstByte({ baseline: [100], ours: [20] })]);
    assert.match(svg, /A &amp; B &lt;processor&gt;/);
    assertWellFormed(svg);
  });

  it('is a valid picture without any results', () => {
    assertWellFormed(ratioPlot([]));
  });
});

describe('the plot of growth', () => {
  const lines = GROWTH_COUNTS.flatMap((count) =>
    GROWTH_PARTS.map((part): [string, [Line, Samples]] => [
      growthLabel(part, count),
      [{ unit: 'MB', at: 'p50' }, { ours: [part.startsWith('host') ? 10 / count : 2] }],
    ]),
  );
  const svg = growthPlot(resultOf('growth', Object.fromEntries(lines)));

  it('draws bars in proportion to their values', () => {
    const [one = 0, ten = 0] = numbers(svg, 'other', 'width').filter((width) => width !== 12);
    assert.ok(Math.abs(one / ten - 10) < 0.1, `${one} is not ten times ${ten}`);
  });

  it('is well-formed', () => assertWellFormed(svg));
});
