import type { AssScript, PlannedText, ScriptItem, TextLine, WrittenItem } from '#lib/jobs/plan/planned-layers.ts';
import type { StyleSpec } from '#lib/jobs/spec/text-fields.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { assStyle, type Part, STYLE_FORMAT } from './ass-style.ts';
import { alphaOf, assNumber, assTime, hundredthsOf } from './ass-values.ts';
import { boxFadeTags, fadeTags } from './fade.ts';
import { type Canvas, type Look, lookOf } from './look.ts';
import { playScale, type Scale } from './play-scale.ts';
import { scriptText } from './script-event.ts';
import { writtenText } from './written-text.ts';

export type AssOptions = Canvas & { readonly fps: FrameRate };

/** Returns a file of ASS that draws texts on a picture. */
export function writeAss({ script, lines }: Pick<PlannedText, 'script' | 'lines'>, options: AssOptions): string {
  const scale = playScale(script, options);
  const looks = createLooks(options, scale);
  const doubled = doubledDepths(lines);
  const events = lines.flatMap((line) => {
    const { item } = line;
    if (item.kind === 'scripted') return [scriptedEvent(line, item, options)];
    const parts: readonly Part[] = doubled.has(line.depth) ? ['box', 'text'] : ['all'];
    return parts.map((part) =>
      writtenEvent(line, { item, part, scale, fps: options.fps, ...looks.use(item.style, part) }),
    );
  });
  return [
    ...['[Script Info]', 'ScriptType: v4.00+', ...headOf(script, options), ''],
    ...(script === null ? [] : [script.title, ...script.styles, '']),
    ...['[V4+ Styles]', STYLE_FORMAT, ...looks.styles(), ''],
    ...['[Events]', 'Format: Layer, Start, End, Style, MarginL, MarginR, MarginV, Effect, Text', ...events, ''],
  ].join('\n');
}

function headOf(script: AssScript | null, { width, height }: Canvas): string[] {
  const play = script ?? { width, height, wrapStyle: 0, scalesEdges: true };
  return [
    ...[`PlayResX: ${play.width}`, `PlayResY: ${play.height}`, `WrapStyle: ${play.wrapStyle}`],
    `ScaledBorderAndShadow: ${play.scalesEdges ? 'yes' : 'no'}`,
  ];
}

/**
 * Returns the depths at which a text has a box and a shadow. ASS has one colour for both, so each needs an event of its own:
 * at such a depth all texts have two, in two layers of ASS, in which they are placed alike.
 */
function doubledDepths(lines: readonly TextLine[]): ReadonlySet<number> {
  const both = lines.filter(({ item }) => item.kind === 'written' && item.style.box && item.style.shadow);
  return new Set(both.map(({ depth }) => depth));
}

/** Names of our styles begin so, which no other style should. */
const OWN = 'ffmpeg-functions-';

function createLooks(canvas: Canvas, scale: Scale) {
  const looks = new Map<StyleSpec, { readonly look: Look; readonly number: number }>();
  const styles = new Map<string, string>();
  return {
    use(style: StyleSpec, part: Part): { readonly look: Look; readonly name: string } {
      const { look, number } = looks.get(style) ?? { look: lookOf(style, canvas), number: looks.size };
      looks.set(style, { look, number });
      const name = `${OWN}${number}-${part}`;
      if (!styles.has(name)) styles.set(name, assStyle(name, { look, part, scale }));
      return { look, name };
    },
    styles: () => [...styles.values()],
  };
}

type WrittenOptions = {
  readonly item: WrittenItem;
  readonly part: Part;
  readonly scale: Scale;
  readonly fps: FrameRate;
  readonly look: Look;
  readonly name: string;
};

function writtenEvent(line: TextLine, options: WrittenOptions): string {
  const { item, name, look, scale, fps, part } = options;
  const [start, end] = [hundredthsOf(line.firstFrame, fps), hundredthsOf(line.endFrame, fps)];
  const tags = `${pointTags(look, scale)}${line.isShown ? shownTags(options, start * 10) : UNSEEN}`;
  const isUnseen = !line.isShown || part === 'box';
  const text = writtenText(item.text, { look, scale, isUnseen });
  const layer = line.depth * 2 + (part === 'box' ? 0 : 1);
  return `Dialogue: ${layer},${assTime(start)},${assTime(end)},${name},0,0,0,,${tags === '' ? '' : `{${tags}}`}${text}`;
}

function pointTags({ point }: Look, { x, y }: Scale): string {
  return point === null ? '' : `\\pos(${assNumber(point.x * x)},${assNumber(point.y * y)})`;
}

const UNSEEN = '\\alpha&HFF&';

/** Returns the tags that show a part of a text. */
function shownTags({ item, part, look, scale }: WrittenOptions, startMs: number): string {
  const { box, shadow } = look;
  const ofBox = box === null || part === 'text' ? '' : boxFadeTags(item, startMs, alphaOf(box.color));
  if (part === 'box') return box === null ? UNSEEN : `\\1a&HFF&\\3a&HFF&${ofBox}`;
  const [right, down] = [shadow?.x ?? 0, shadow?.y ?? 0].map((value) => assNumber(value * scale.edge));
  const ofShadow = shadow === null ? '' : `\\xshad${right}\\yshad${down}`;
  return `${ofShadow}${ofBox}${fadeTags(item, startMs)}`;
}

function scriptedEvent(line: TextLine, item: ScriptItem, { fps }: AssOptions): string {
  const end = hundredthsOf(line.endFrame, fps);
  // What moves keeps the time since it began.
  const start = item.isMoving ? Math.round(item.fromMs / 10) : hundredthsOf(line.firstFrame, fps);
  const text = scriptText(item, { startMs: start * 10, isShown: line.isShown });
  const fields = [line.depth * 2 + 1, assTime(start), assTime(end), item.style, ...item.margins, item.effect];
  return `Dialogue: ${fields.join(',')},${text}`;
}
