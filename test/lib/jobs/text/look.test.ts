import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lookOf } from '#lib/jobs/text/look.ts';

const CANVAS = { width: 640, height: 360, unit: 1 };

describe('the look of a text', () => {
  it('takes sizes up to 1 as shares of the picture, and larger ones as pixels', () => {
    const shares = lookOf({ x: 0.5, y: 1, font_size: 0.1 }, CANVAS);
    assert.deepEqual([shares.point, shares.fontSize], [{ x: 320, y: 360 }, 36]);
    const pixels = lookOf({ x: 100, y: 50, font_size: 48 }, CANVAS);
    assert.deepEqual([pixels.point, pixels.fontSize], [{ x: 100, y: 50 }, 48]);
  });

  it('has lines that are at most as high as the picture', () => {
    assert.equal(lookOf({ font_size: 8_000 }, CANVAS).fontSize, 360);
  });

  it('has a black outline unless the request names one or a box', () => {
    assert.equal(lookOf({ font_size: 40 }, CANVAS).outline.width, 2);
    assert.equal(lookOf({ box: { color: '#000000', padding: 4 } }, CANVAS).outline.width, 0);
    assert.equal(lookOf({ outline: { width: 0, color: '#000000' } }, CANVAS).outline.width, 0);
  });

  it('shrinks with the rung of a ladder', () => {
    const style = { font_size: 48, margin: 20, outline: { width: 4, color: '#000000' }, line_spacing: 10 };
    const { fontSize, margins, outline, lineSpacing } = lookOf(style, { width: 320, height: 180, unit: 0.5 });
    assert.deepEqual([fontSize, margins, outline.width, lineSpacing], [24, [10, 10, 10], 2, 5]);
  });

  it('keeps lines in the width of max_width, at the place that align says', () => {
    const at = (style: object) => {
      const { place, margins } = lookOf({ max_width: 200, margin: 20, ...style }, CANVAS);
      return [place, margins];
    };
    assert.deepEqual(at({ position: 'bottom-left' }), [1, [20, 420, 20]]);
    assert.deepEqual(at({ position: 'top' }), [8, [220, 220, 20]]);
    assert.deepEqual(at({ position: 'right', align: 'left' }), [4, [420, 20, 20]]);
  });

  it('keeps a box, not its text, at the margin or the point', () => {
    const box = { color: '#000000', padding: 10 };
    assert.deepEqual(lookOf({ box, margin: 20 }, CANVAS).margins, [30, 30, 30]);
    assert.deepEqual(lookOf({ box, x: 100, y: 50 }, CANVAS).point, { x: 110, y: 60 });
    assert.deepEqual(lookOf({ box, x: 100, y: 50, align: 'right' }, CANVAS).point, { x: 90, y: 60 });
  });
});
