import type { StepOf } from '#lib/jobs/spec/steps.ts';
import type { StyleSpec } from '#lib/jobs/spec/text-fields.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { readScript } from '#lib/jobs/text/read-script.ts';
import type { CueReader, ReadCues } from './cues.ts';
import type { PlacedLayer } from './placed-layers.ts';
import { shownCues } from './placed-subtitles.ts';
import type { ScriptItem, TextItem, WrittenItem } from './planned-layers.ts';
import { perSecond } from './rates.ts';
import { refusal } from './refusal.ts';
import type { Row } from './stacking.ts';
import type { TextStep } from './text-groups.ts';

export type TextOptions = {
  readonly fps: FrameRate;
  /** Frames of the timeline. */
  readonly frames: number;
  readonly read: CueReader;
  readonly warn: (text: string) => void;
};

/** Returns what a text step draws. Throws for fades that are longer than the text is shown. */
export function textStep(placed: PlacedLayer<StepOf<'text'>>, options: TextOptions): TextStep {
  const { step, index, since, until } = placed;
  const { text, op: _, from: _from, to: _to, fade_in: fadeIn, fade_out: fadeOut, ...style } = step;
  if (fadeIn + fadeOut > until - since + ROUNDING_SECONDS) {
    const message = `fade_in and fade_out are ${fadeIn + fadeOut} s, and the text is shown for ${until - since} s`;
    throw refusal({ field: `steps[${index}].fade_${fadeIn > 0 ? 'in' : 'out'}`, step: index }, message);
  }
  const item: WrittenItem = {
    ...{ kind: 'written', text, style, fromMs: since * 1_000, toMs: until * 1_000 },
    ...{ fadeInMs: fadeIn * 1_000, fadeOutMs: fadeOut * 1_000 },
  };
  const lines = linesOf([item], placed, options);
  if (lines.length === 0) options.warn(`steps[${index}] is shorter than a frame: it is left out`);
  return style.x === undefined
    ? { ...NOTHING, floating: floatingIn(lines, rowOf(style)) }
    : { ...NOTHING, fixed: lines };
}

/** Times are rounded. */
const ROUNDING_SECONDS = 0.001;
const NOTHING: TextStep = { script: null, fixed: [], floating: [] };

/** Returns what burned subtitles draw. Throws as the reader does, and LIMIT_EXCEEDED for what ASS draws. */
export function subtitleStep(placed: PlacedLayer<StepOf<'subtitles'>>, options: TextOptions): TextStep {
  const { step, index } = placed;
  const read = options.read(step, index);
  if (read.script !== null && step.style === undefined) return scriptStep(placed, read.script, options);
  return read.cues.length === 0 ? NOTHING : cueStep(placed, read, options);
}

function cueStep(
  { step, index, since, until, from, to }: PlacedLayer<StepOf<'subtitles'>>,
  { cues, name }: ReadCues,
  options: TextOptions,
): TextStep {
  const { style = {} } = step;
  const range = { length: until - since, from: from - since, to: to - since };
  const items = shownCues(cues, { ...range, index, name, warn: options.warn }).map(
    ({ fromMs, toMs, text }): WrittenItem => {
      const times = { fromMs: fromMs + from * 1_000, toMs: toMs + from * 1_000 };
      return { kind: 'written', text, style, ...times, fadeInMs: 0, fadeOutMs: 0 };
    },
  );
  const lines = linesOf(items, { from, to }, options);
  return style.x === undefined
    ? { ...NOTHING, floating: floatingIn(lines, rowOf(style)) }
    : { ...NOTHING, fixed: lines };
}

function scriptStep(
  { step, index, since, from, to }: PlacedLayer<StepOf<'subtitles'>>,
  script: string,
  options: TextOptions,
): TextStep {
  const { input } = step;
  const { head, events } = readScript(script, { field: `steps[${index}].input`, input, step: index });
  const lines = events.flatMap(({ row, ...event }) =>
    linesOf([moved(event, since * 1_000)], { from, to }, options).map((line) => ({ ...line, row })),
  );
  if (lines.length === 0)
    options.warn(`steps[${index}] adds no subtitles: no cue of inputs.${input} is in the timeline`);
  return {
    script: head,
    fixed: lines.filter(({ item }) => item.isMoving),
    floating: lines.filter(({ item }) => !item.isMoving),
  };
}

function moved(item: ScriptItem, byMs: number): ScriptItem {
  return { ...item, fromMs: item.fromMs + byMs, toMs: item.toMs + byMs };
}

type Part = Pick<PlacedLayer, 'from' | 'to'>;

/** Puts items on the grid of frames, as far as they are in a part of the timeline. */
function linesOf<Item extends TextItem>(items: readonly Item[], { from, to }: Part, { fps, frames }: TextOptions) {
  const frameOf = (ms: number): number => Math.min(frames, Math.round((ms / 1_000) * perSecond(fps)));
  return items.flatMap((item) => {
    const firstFrame = frameOf(Math.max(item.fromMs, from * 1_000));
    const endFrame = frameOf(Math.min(item.toMs, to * 1_000));
    return endFrame > firstFrame ? [{ firstFrame, endFrame, item }] : [];
  });
}

function floatingIn<Line>(lines: readonly Line[], row: Row): (Line & { readonly row: Row })[] {
  return lines.map((line) => ({ ...line, row }));
}

function rowOf({ position = 'bottom' }: StyleSpec): Row {
  if (position.startsWith('top')) return 'top';
  return position.startsWith('bottom') ? 'bottom' : 'middle';
}
