import type { PipBox } from '#lib/jobs/plan/pip-box.ts';
import type { Size } from '#lib/jobs/plan/sizes.ts';

/** Returns the mask of the border, as a PGM file; null without one. Its corners are rounded inside. */
export function ringMask({ width, height, border, radius }: PipBox): Uint8Array | null {
  if (border === 0) return null;
  const inside = { width, height, inset: border, radius: Math.max(0, radius - border) };
  return rectanglePgm(inside, (share) => 255 * (1 - share));
}

/** Returns the mask of the whole with its border, as a PGM file; null for a rectangle that covers. */
export function shapeMask({ width, height, radius }: PipBox, opacity: number): Uint8Array | null {
  if (radius === 0 && opacity === 1) return null;
  return rectanglePgm({ width, height, inset: 0, radius }, (share) => 255 * opacity * share);
}

/** A rectangle with rounded corners in the middle of a picture. */
type RoundedRectangle = Size & {
  /** Distance from the edges of the picture, pixels. */
  readonly inset: number;
  readonly radius: number;
};

/**
 * Returns a picture of the rectangle as a PGM file: 255 inside by default, 0 outside, and in between where its edge runs
 * through a pixel. `level` maps the share of a pixel that lies inside to its brightness.
 */
export function rectanglePgm(
  { width, height, inset, radius }: RoundedRectangle,
  level = (share: number): number => 255 * share,
): Uint8Array {
  const header = Buffer.from(`P5\n${width} ${height}\n255\n`, 'latin1');
  const file = new Uint8Array(header.length + width * height);
  file.set(header);
  const pixels = file.subarray(header.length);
  const inside = Math.round(level(1));
  pixels.fill(Math.round(level(0)));
  for (let y = inset; y < height - inset; y += 1) pixels.fill(inside, y * width + inset, (y + 1) * width - inset);
  const corner = Math.ceil(radius);
  for (let y = 0; y < corner; y += 1) {
    for (let x = 0; x < corner; x += 1) {
      const value = Math.round(level(shareInCorner(x, y, radius)));
      const [left, right] = [inset + x, width - inset - 1 - x];
      const [top, bottom] = [inset + y, height - inset - 1 - y];
      for (const row of [top, bottom]) for (const column of [left, right]) pixels[row * width + column] = value;
    }
  }
  return file;
}

/** The share of a pixel that lies inside a circle which touches both axes, by the distance of its middle from the edge. */
function shareInCorner(x: number, y: number, radius: number): number {
  const [across, down] = [Math.max(0, radius - x - 0.5), Math.max(0, radius - y - 0.5)];
  return Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(across, down)));
}

/** Returns luma and chroma of a colour `#rrggbb`: BT.709, in the range of television. */
export function yuvOf(color: string): readonly [y: number, u: number, v: number] {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255) as [
    number,
    number,
    number,
  ];
  const luma = 0.212_6 * red + 0.715_2 * green + 0.072_2 * blue;
  const chroma = (difference: number, range: number): number => Math.round(128 + (224 * difference) / range);
  return [Math.round(16 + 219 * luma), chroma(blue - luma, 1.855_6), chroma(red - luma, 1.574_8)];
}
