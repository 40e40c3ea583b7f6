import type { StepOf } from '#lib/jobs/spec/steps.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { isPip, type PipOptions, pipOf } from './pips.ts';
import type { PlacedLayer } from './placed-layers.ts';
import type { PlannedLayer, PlannedText, ShownText } from './planned-layers.ts';
import { perSecond } from './rates.ts';

export type LayerOptions = {
  readonly fps: FrameRate;
  /** Frames of the timeline. */
  readonly frames: number;
  readonly warn: (text: string) => void;
};

/** Puts layers on the grid of frames. Texts that follow each other are one layer. */
export function layersOf(placed: readonly PlacedLayer[], options: PipOptions): PlannedLayer[] {
  const layers: PlannedLayer[] = [];
  for (const one of placed) {
    if (isPip(one)) {
      const pip = pipOf(one, options);
      if (pip !== undefined) layers.push(pip);
      continue;
    }
    const text = textOf(one as PlacedLayer<StepOf<'text'>>, options);
    const last = layers.at(-1);
    if (text === undefined) continue;
    if (last?.kind === 'text') layers.splice(-1, 1, { kind: 'text', texts: [...last.texts, ...text.texts] });
    else layers.push(text);
  }
  return layers;
}

function textOf(placed: PlacedLayer<StepOf<'text'>>, options: LayerOptions): PlannedText | undefined {
  const { step, index } = placed;
  const shown = framesOf(placed, options);
  if (shown.endFrame <= shown.firstFrame) {
    options.warn(`steps[${index}] is shorter than a frame: it is left out`);
    return undefined;
  }
  const { text, color, position, font_size: fontSize = null } = step;
  const one: ShownText = { text, ...shown, style: { fontSize, color, position } };
  return { kind: 'text', texts: [one] };
}

/** Returns the frames that show a layer. */
export function framesOf({ from, to }: Pick<PlacedLayer, 'from' | 'to'>, { fps, frames }: LayerOptions) {
  const [firstFrame, endFrame] = [from, to].map((time) => Math.min(frames, Math.round(time * perSecond(fps))));
  return { firstFrame: firstFrame ?? 0, endFrame: endFrame ?? 0 };
}
