import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import type { StepOf } from '#lib/jobs/spec/steps.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { clipPicture } from './clips.ts';
import { pipBox } from './pip-box.ts';
import type { PlacedLayer } from './placed-layers.ts';
import type { PipLook, PlannedPip } from './planned-pip.ts';
import { perSecond } from './rates.ts';
import { refusal } from './refusal.ts';
import { type Facts, pipSegment } from './segments.ts';
import type { Size } from './sizes.ts';

export type PlacedPip = PlacedLayer<StepOf<'pip'>>;

export type PipOptions = {
  readonly fps: FrameRate;
  /** Frames of the timeline. */
  readonly frames: number;
  readonly warn: (text: string) => void;
  readonly spec: JobSpec;
  readonly facts: Facts;
  /** The size of the timeline. */
  readonly canvas: Size;
};

export function isPip(placed: PlacedLayer): placed is PlacedPip {
  return placed.step.op === 'pip';
}

/**
 * Puts a picture in the picture on the grid of frames. Each boundary is rounded by itself, as those of clips are. Returns
 * none for one that is not shown. Throws for a part that is wholly past the end of its input, and for damage.
 */
export function pipOf(placed: PlacedPip, options: PipOptions): PlannedPip[] {
  const { step, index, since } = placed;
  const { fps, frames: last, canvas, spec, warn } = options;
  const field = `steps[${index}].input`;
  const segment = pipSegment(step, { ...options, index, seconds: placed.to - since });
  const frameOf = (seconds: number): number => Math.round(seconds * perSecond(fps));
  const sinceFrame = frameOf(since);
  const frames = frameOf(since + segment.to - segment.from) - sinceFrame;
  const picture = clipPicture(segment, { frames, fps, keepsDamaged: spec.on_damage === 'keep' });
  if (frames < 1 || picture === null) {
    warn(`${field} is shorter than a frame: it is left out`);
    return [];
  }
  const [firstFrame, ends] = [frameOf(placed.from), Math.min(last, frameOf(placed.to))];
  const endFrame = step.at_end === 'hide' ? Math.min(ends, sinceFrame + frames) : ends;
  if (endFrame <= firstFrame) {
    if (ends <= firstFrame) warn(`steps[${index}] is shorter than a frame: it is left out`);
    return [];
  }
  const pip: PlannedPip = {
    ...{
      kind: 'pip',
      step: index,
      input: step.input.input,
      container: segment.facts.container,
      from: segment.isStill ? 0 : segment.from,
    },
    ...{ picture, sound: segment.sound?.index ?? null, sinceFrame, frames, firstFrame, endFrame },
    isStill: segment.isStill,
    lastFrame: segment.isStill ? 0 : Math.max(0, frames - 1 - picture.padding),
    isLooped: step.at_end === 'loop' && !segment.isStill && endFrame > sinceFrame + frames,
    look: lookOf(step, { index, picture, canvas, warn }),
  };
  return [pip];
}

type LookOptions = Pick<PipOptions, 'canvas' | 'warn'> & { readonly index: number; readonly picture: Size };

/** Returns the look. Throws when it lies outside of the timeline. */
function lookOf(step: StepOf<'pip'>, { index, picture, canvas, warn }: LookOptions): PipLook {
  const { x, y, width, height, margin, border, opacity, position = 'top-right' } = step;
  const look = { position, x, y, width, height, margin, border, opacity };
  const box = pipBox(look, { picture, frame: canvas });
  for (const [edge, side] of [
    ['x', 'width'],
    ['y', 'height'],
  ] as const) {
    if (box[edge] < canvas[side]) continue;
    const field = `steps[${index}].${edge}`;
    const message = `${edge} is ${step[edge]}, outside of the timeline, whose ${side} is ${canvas[side]}`;
    throw refusal({ field, input: step.input.input, step: index }, message, { value: step[edge] });
  }
  if (box.isShrunk) {
    warn(`steps[${index}] would be larger than the picture: it is ${box.width}x${box.height}`);
  }
  return look;
}
