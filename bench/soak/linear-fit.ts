/** A measurement with its time. */
export type Point = { readonly x: number; readonly y: number };

/** A slope and its standard error; NaN with too few points. */
export type Slope = { readonly slope: number; readonly error: number };

/**
 * Returns the common slope of groups of points with separate offsets, by least squares. Each group is one of several
 * consecutive processes.
 */
export function commonSlope(groups: readonly (readonly Point[])[]): Slope {
  const centred = groups.filter((group) => group.length > 1).flatMap(centre);
  const xx = sum(centred.map(({ x }) => x * x));
  const slope = sum(centred.map(({ x, y }) => x * y)) / xx;
  const free = centred.length - groups.filter((group) => group.length > 1).length - 1;
  if (free < 1) return { slope: Number.NaN, error: Number.NaN };
  const residual = sum(centred.map(({ x, y }) => (y - slope * x) ** 2));
  return { slope, error: Math.sqrt(residual / free / xx) };
}

function centre(points: readonly Point[]): Point[] {
  const [x, y] = [
    sum(points.map((point) => point.x)) / points.length,
    sum(points.map((point) => point.y)) / points.length,
  ];
  return points.map((point) => ({ x: point.x - x, y: point.y - y }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
