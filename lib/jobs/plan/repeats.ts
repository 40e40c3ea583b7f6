import type { Geometry, PlannedOutput } from './job-plan.ts';
import { pipBox } from './pip-box.ts';
import type { PlannedLayer } from './planned-layers.ts';
import type { PlannedPip } from './planned-pip.ts';

/** Memory for the frames of a picture that begins again. */
const LOOP_BYTES = 64 * 1_048_576;
/** Most frames that the filter loop holds. */
const MOST_LOOPED = 32_767;
/** With transparency. */
const BYTES_PER_PIXEL = 2.5;

/**
 * Returns the layers in which each picture that begins again is small enough to be held in memory. One that is not is
 * opened anew each time, as a layer of its own.
 */
export function withRepeats(layers: readonly PlannedLayer[], outputs: readonly PlannedOutput[]): PlannedLayer[] {
  const frames = sizesOf(outputs);
  return layers.flatMap((layer) => {
    if (layer.kind !== 'pip' || !layer.isLooped) return [layer];
    const isHeld = layer.frames <= MOST_LOOPED && heldBytes(layer, frames) <= LOOP_BYTES;
    return isHeld ? [layer] : repeated(layer);
  });
}

function heldBytes({ look, picture, frames }: PlannedPip, sizes: readonly Geometry[]): number {
  const pixels = sizes.map((frame) => {
    const { width, height } = pipBox(look, { picture, frame });
    return width * height;
  });
  return frames * BYTES_PER_PIXEL * pixels.reduce((sum, count) => sum + count, 0);
}

function repeated(pip: PlannedPip): PlannedPip[] {
  const { sinceFrame, frames, firstFrame, endFrame } = pip;
  const first = Math.floor((firstFrame - sinceFrame) / frames);
  const rounds = Math.ceil((endFrame - sinceFrame) / frames) - first;
  return Array.from({ length: rounds }, (_, round) => {
    const since = sinceFrame + (first + round) * frames;
    return {
      ...{ ...pip, isLooped: false, sinceFrame: since },
      ...{ firstFrame: Math.max(firstFrame, since), endFrame: Math.min(endFrame, since + frames) },
    };
  });
}

/** Returns the sizes of all pictures that are encoded, each once. */
function sizesOf(outputs: readonly PlannedOutput[]): Geometry[] {
  const sizes = new Map<string, Geometry>();
  for (const output of outputs) {
    const files = output.kind === 'package' ? output.films : [output];
    for (const file of files) {
      if ('geometry' in file) sizes.set(keyOf(file.geometry), file.geometry);
    }
  }
  return [...sizes.values()];
}

function keyOf({ width, height, unit = 1 }: Geometry): string {
  return `${width}x${height} ${unit}`;
}
