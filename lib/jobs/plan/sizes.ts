import type { PictureFacts } from '#lib/jobs/media/facts.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { Fit } from '#lib/jobs/spec/vocabulary.ts';
import type { Geometry } from './job-plan.ts';

export type Size = { readonly width: number; readonly height: number };

/** Pixels that are more than this many times as wide as high, or the reverse, are a damaged header. */
const MOST_ASPECT = 10;

/** Returns the size of a picture with square pixels, turned upright. */
export function uprightSize({ width, height, pixelAspect, rotation }: PictureFacts): Size {
  const aspect = pixelAspect > MOST_ASPECT || pixelAspect < 1 / MOST_ASPECT ? 1 : pixelAspect;
  const wide = Math.round(width * aspect);
  return rotation % 180 === 0 ? { width: wide, height } : { width: height, height: wide };
}

/** Returns the next even number below, at least 2. */
export function evenBelow(value: number): number {
  return Math.max(2, Math.floor(value / 2) * 2);
}

/** Returns the nearest even number, at least 2. */
export function evenNear(value: number): number {
  return Math.max(2, Math.round(value / 2) * 2);
}

/** The requested size and filling. */
type Asked = {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fit?: Fit | undefined;
  readonly background?: string | undefined;
};

/** Returns the geometry of the timeline: that of the base picture, changed by the last scale. */
export function canvasOf(base: Size, steps: JobSpec['steps']): Geometry {
  const start = { width: evenBelow(base.width), height: evenBelow(base.height) };
  const whole: Geometry = { ...start, fit: 'contain', background: '#000000' };
  return steps.reduce<Geometry>((canvas, step) => (step.op === 'scale' ? resized(canvas, step) : canvas), whole);
}

/** Returns a geometry with the requested values. A missing side follows from the shape. */
export function resized(canvas: Geometry, asked: Asked): Geometry {
  const { width, height, fit = canvas.fit, background = canvas.background } = asked;
  const shape = canvas.width / canvas.height;
  return {
    width: width ?? (height === undefined ? canvas.width : evenNear(height * shape)),
    height: height ?? (width === undefined ? canvas.height : evenNear(width / shape)),
    fit,
    background,
  };
}

/** Returns the size at which a picture is scaled to be contained in a frame, or to cover it. Even, as x264 needs it. */
export function scaledSize(picture: Size, frame: Geometry): Size {
  const { width, height } = frame;
  if (frame.fit === 'stretch') return { width, height };
  const across = width / picture.width;
  const down = height / picture.height;
  const factor = frame.fit === 'contain' ? Math.min(across, down) : Math.max(across, down);
  const bound = frame.fit === 'contain' ? Math.min : Math.max;
  return {
    width: factor === across ? width : bound(width, evenNear(picture.width * factor)),
    height: factor === down ? height : bound(height, evenNear(picture.height * factor)),
  };
}
