import type { Step, StepOf } from '#lib/jobs/spec/steps.ts';
import { timelineRange } from './timeline-range.ts';

/** A step that draws on the picture. */
export type LayerStep = StepOf<'text'> | StepOf<'subtitles'> | StepOf<'pip'>;

/** What a step draws, in exact seconds of the timeline. */
export type PlacedLayer<Drawn extends LayerStep = LayerStep> = {
  readonly step: Drawn;
  /** Number of the step. */
  readonly index: number;
  /** Where its own time begins: before 0 when a later step has cut off its beginning. */
  readonly since: number;
  /** Where it is shown. */
  readonly from: number;
  readonly to: number;
  /** Where it ends before anything is cut off. */
  readonly until: number;
};

/** Returns the step if it draws on the picture. */
export function drawingStep(step: Step): LayerStep | undefined {
  const draws = step.op === 'text' || step.op === 'pip' || (step.op === 'subtitles' && step.mode === 'burn');
  return draws ? step : undefined;
}

type LayerOptions = {
  /** Number of the step. */
  readonly index: number;
  /** Length of the timeline at the step, seconds. */
  readonly length: number;
  readonly warn: (text: string) => void;
};

/** Puts a layer on the timeline as it is at the step. Throws for one that is wholly past the end. */
export function placedLayer(step: LayerStep, { index, length, warn }: LayerOptions): PlacedLayer {
  const { from, to } = timelineRange(step.op === 'subtitles' ? {} : step, {
    place: { field: `steps[${index}]`, step: index },
    length,
    warn,
  });
  return { step, index, since: from, from, to, until: to };
}

/** Returns what is left of layers when a range of the timeline is kept. */
export function trimmedLayers(
  layers: readonly PlacedLayer[],
  { from, to }: { readonly from: number; readonly to: number },
): PlacedLayer[] {
  return layers.flatMap((layer) => {
    const [start, end] = [Math.max(layer.from, from) - from, Math.min(layer.to, to) - from];
    return end > start
      ? [{ ...layer, since: layer.since - from, until: layer.until - from, from: start, to: end }]
      : [];
  });
}
