import type { Step, StepOf } from '#lib/jobs/spec/steps.ts';
import { isPip, type PipOptions, pipOf } from './pips.ts';
import type { PlacedLayer } from './placed-layers.ts';
import type { PlannedLayer } from './planned-layers.ts';
import { createTextGroups } from './text-groups.ts';
import { subtitleStep, type TextOptions, textStep } from './text-steps.ts';

export type LayerOptions = TextOptions & PipOptions;

/** Puts layers on the grid of frames. Texts and subtitles that follow each other are one layer. */
export function layersOf(placed: readonly PlacedLayer[], options: LayerOptions): PlannedLayer[] {
  const texts = createTextGroups();
  const layers = placed.flatMap((one) => {
    if (isOf(one, 'text')) return texts.add(textStep(one, options));
    if (isPip(one)) return [...texts.close(), ...pipOf(one, options)];
    return isOf(one, 'subtitles') ? texts.add(subtitleStep(one, options)) : [];
  });
  return [...layers, ...texts.close()];
}

function isOf<Op extends PlacedLayer['step']['op']>(placed: PlacedLayer, op: Op): placed is PlacedLayer<StepOf<Op>> {
  return (placed.step as Step).op === op;
}
