import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ringMask, shapeMask, yuvOf } from '#lib/jobs/graph/pip-masks.ts';

const BOX = { x: 0, y: 0, width: 40, height: 30, inset: 4, border: 4, radius: 10, isFilled: false, isShrunk: false };

/** Returns the pixels of a mask of 40 × 30. */
function pixelsOf(pgm: Uint8Array | null): Uint8Array {
  const header = 'P5\n40 30\n255\n';
  assert.ok(pgm);
  assert.equal(Buffer.from(pgm.subarray(0, header.length)).toString('latin1'), header);
  assert.equal(pgm.length, header.length + 1_200);
  return pgm.subarray(header.length);
}
const sumOf = (pixels: Uint8Array): number => pixels.reduce((sum, value) => sum + value, 0) / 255;

describe('the mask of a picture in the picture', () => {
  it('has the area of a rectangle with round corners, and smooth edges', () => {
    const pixels = pixelsOf(shapeMask(BOX, 1));
    assert.ok(Math.abs(sumOf(pixels) - (1_200 - (4 - Math.PI) * 100)) < 1, `${sumOf(pixels)} pixels`);
    assert.deepEqual([pixels[0], pixels[20], pixels[15 * 40], pixels[15 * 40 + 20]], [0, 255, 255, 255]);
    assert.ok(pixels.some((value) => value > 60 && value < 200));
    for (const [index, value] of pixels.entries()) {
      const [x, y] = [index % 40, Math.floor(index / 40)];
      assert.ok(value === pixels[y * 40 + 39 - x] && value === pixels[(29 - y) * 40 + x], `${x}, ${y}`);
    }
  });

  it('has the opacity', () => {
    const pixels = pixelsOf(shapeMask({ ...BOX, radius: 0 }, 0.5));
    assert.ok(pixels.every((value) => value === 128));
    assert.equal(shapeMask({ ...BOX, radius: 0 }, 1), null);
  });

  it('of its border is a ring with round corners inside', () => {
    const pixels = pixelsOf(ringMask(BOX));
    const inside = 32 * 22 - (4 - Math.PI) * 36;
    assert.ok(Math.abs(sumOf(pixels) - (1_200 - inside)) < 1, `${sumOf(pixels)} pixels`);
    assert.deepEqual(
      [pixels[15 * 40 + 3], pixels[15 * 40 + 4], pixels[3 * 40 + 20], pixels[4 * 40 + 20]],
      [255, 0, 255, 0],
    );
    assert.equal(ringMask({ ...BOX, border: 0 }), null);
  });
});

it('colours are those of BT.709', () => {
  assert.deepEqual(yuvOf('#ffffff'), [235, 128, 128]);
  assert.deepEqual(yuvOf('#000000'), [16, 128, 128]);
  assert.deepEqual(yuvOf('#ff0000'), [63, 102, 240]);
  assert.deepEqual(yuvOf('#0000FF'), [32, 240, 118]);
});
