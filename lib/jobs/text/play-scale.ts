import type { AssScript } from '#lib/jobs/plan/planned-layers.ts';
import type { Canvas } from './look.ts';

/** By what pixels of the picture are multiplied to become units of the file. */
export type Scale = {
  readonly x: number;
  readonly y: number;
  /** The same for outlines and shadows. */
  readonly edge: number;
};

/** Returns the scale of a file: its units are pixels of the picture, unless it has a head of its own. */
export function playScale(script: AssScript | null, { width, height }: Canvas): Scale {
  if (script === null) return { x: 1, y: 1, edge: 1 };
  const y = script.height / height;
  return { x: script.width / width, y, edge: script.scalesEdges ? y : 1 };
}
