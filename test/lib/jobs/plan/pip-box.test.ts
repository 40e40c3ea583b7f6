import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type BoxOptions, pipBox } from '#lib/jobs/plan/pip-box.ts';
import type { PipLook } from '#lib/jobs/plan/planned-pip.ts';
import { POSITIONS } from '#lib/jobs/spec/vocabulary.ts';

const HD = { width: 1_920, height: 1_080 };
const WIDE = { width: 640, height: 360 };

function boxOf(look: Partial<PipLook>, options: Partial<BoxOptions> = {}) {
  return pipBox({ position: 'top-right', opacity: 1, ...look }, { picture: WIDE, frame: HD, ...options });
}
const placeOf = (...args: Parameters<typeof boxOf>) => {
  const { x, y, width, height } = boxOf(...args);
  return [x, y, width, height];
};

describe('the place of a picture in the picture', () => {
  it('is 0.3 of the width at the top right by default, 0.02 from the edges', () => {
    assert.deepEqual(placeOf({}), [1_920 - 38 - 576, 38, 576, 324]);
  });

  it('follows its shape, and fills a frame of both sides', () => {
    assert.deepEqual(placeOf({ width: 400, margin: 20 }), [1_500, 20, 400, 226]);
    assert.deepEqual(placeOf({ height: 0.5, margin: 20 }), [940, 20, 960, 540]);
    assert.deepEqual(placeOf({ width: 300, height: 300, margin: 0 }), [1_620, 0, 300, 300]);
    assert.deepEqual([boxOf({ width: 300 }).isFilled, boxOf({ width: 300, height: 300 }).isFilled], [false, true]);
    const upright = { picture: { width: 360, height: 640 } };
    assert.deepEqual(placeOf({ width: 180, margin: 0, position: 'top-left' }, upright), [0, 0, 180, 320]);
  });

  it('has nine names', () => {
    const places = POSITIONS.map((position) => placeOf({ position, width: 640, margin: 10 }).slice(0, 2));
    assert.deepEqual(places, [
      ...[10, 640, 1_270].map((x) => [x, 10]),
      ...[10, 640, 1_270].map((x) => [x, 360]),
      ...[10, 640, 1_270].map((x) => [x, 710]),
    ]);
  });

  it('may be given: shares up to 1, else pixels', () => {
    assert.deepEqual(placeOf({ x: 100, y: 0.5, width: 1 }), [100, 540, 1_920, 1_080]);
    assert.deepEqual(placeOf({ x: 101, y: 50.9, width: 101 }), [102, 50, 102, 58]);
  });

  it('is the same, to scale, in a rung of a ladder', () => {
    const small = { frame: { ...WIDE, unit: 1 / 3 } };
    const look = { x: 300, y: 150, width: 600, border: { width: 12, color: '#ffffff', radius: 60 } };
    const box = boxOf(look, small);
    assert.deepEqual(placeOf(look, small), [100, 50, 200, 116]);
    assert.deepEqual([box.border, box.inset, box.radius], [4, 4, 20]);
  });

  it('has its border inside, around the whole picture', () => {
    const { width, height, border, inset } = boxOf({ width: 336, border: { width: 7.8, color: '#000000', radius: 0 } });
    assert.deepEqual([width, border, inset], [336, 8, 8]);
    assert.equal((width - 16) / (height - 16), 16 / 9);
    const odd = boxOf({ border: { width: 5, color: '#000000', radius: 0 } });
    assert.deepEqual([odd.border, odd.inset], [5, 4]);
  });

  it('has corners that are at most half of the shorter side', () => {
    const radiusOf = (radius: number) => boxOf({ width: 160, border: { width: 0, color: '#000000', radius } }).radius;
    assert.deepEqual(
      [radiusOf(0.25), radiusOf(0.5), radiusOf(0.9), radiusOf(12), radiusOf(900)],
      [22.5, 45, 45, 12, 45],
    );
  });

  it('is never larger than the output', () => {
    assert.deepEqual(
      placeOf({ width: 1, margin: 0 }, { picture: { width: 360, height: 640 } }),
      [1_312, 0, 608, 1_080],
    );
    assert.deepEqual(placeOf({ width: 5_000, height: 4_000, margin: 0 }), [0, 0, 1_920, 1_080]);
    assert.deepEqual([boxOf({ width: 1 }).isShrunk, boxOf({ width: 2_000 }).isShrunk], [false, true]);
  });

  it('is even, inside the frame, and keeps the shape to a pixel', () => {
    const side = fc.integer({ min: 16, max: 4_000 });
    const size = fc.record({ width: side, height: side });
    const even = fc.integer({ min: 32, max: 2_000 }).map((half) => half * 2);
    const frame = fc.record({ width: even, height: even });
    const border = fc.record({
      width: fc.double({ min: 0, max: 40, noNaN: true }),
      radius: fc.double({ min: 0, max: 90, noNaN: true }),
      color: fc.constant('#ffffff'),
    });
    const width = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(size, frame, border, width, (picture, output, edge, share) => {
        const box = boxOf({ width: share, margin: 0, border: edge }, { picture, frame: output });
        for (const value of [box.x, box.y, box.width, box.height, box.inset]) assert.equal(Math.abs(value % 2), 0);
        assert.ok(box.width <= output.width && box.height <= output.height);
        const [wide, high] = [box.width - 2 * box.inset, box.height - 2 * box.inset];
        assert.ok(wide >= 2 && high >= 2 && box.radius * 2 <= Math.min(box.width, box.height));
        const off = Math.min(
          Math.abs(wide - (high * picture.width) / picture.height),
          Math.abs(high - (wide * picture.height) / picture.width),
        );
        assert.ok(off <= 2 || wide === 2 || high === 2, `${wide}x${high} of ${picture.width}x${picture.height}`);
      }),
    );
  });
});
