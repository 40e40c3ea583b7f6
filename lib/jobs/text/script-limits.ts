import { AppError } from '#lib/errors.ts';
import type { AssScript } from '#lib/jobs/plan/planned-layers.ts';
import type { Row } from '#lib/jobs/plan/stacking.ts';
import { fieldsOf, valuesOf } from '#lib/jobs/subtitles/ass-lines.ts';
import type { AssEvent } from '#lib/jobs/subtitles/ass-sections.ts';

/** What events of a style begin with. */
export type ScriptStyle = { readonly row: Row; readonly fontSize: number; readonly scale: number };

/** What the events of a file may ask of libass. Sizes are in pictures of the file's own size. */
const LIMITS = {
  /** Height of letters, and reach of a drawing. */
  subtitle_size: 4,
  /** Width of outlines and shadows. */
  subtitle_edge: 0.5,
  /** Passes and sigma of blurs, pixels of the file's picture. */
  subtitle_blur: 50,
  /** Area of all drawings that are shown at once. */
  subtitle_drawings: 16,
  /** Characters of an event. */
  subtitle_event_characters: 65_536,
} as const;
type Limit = keyof typeof LIMITS;

const FIELDS = [
  ...['name', 'fontname', 'fontsize', 'primarycolour', 'secondarycolour', 'outlinecolour', 'backcolour', 'bold'],
  ...['italic', 'underline', 'strikeout', 'scalex', 'scaley', 'spacing', 'angle', 'borderstyle', 'outline', 'shadow'],
  ...['alignment', 'marginl', 'marginr', 'marginv', 'encoding'],
];

/** Returns the styles of a file by their names. Throws LIMIT_EXCEEDED for one that is too large. */
export function refuseStyles(head: AssScript): ReadonlyMap<string, ScriptStyle> {
  const styles = new Map<string, ScriptStyle>();
  let fields = FIELDS;
  for (const line of head.styles) {
    const [, kind = '', rest = ''] = /^(Format|Style): ?(.*)$/i.exec(line) ?? [];
    if (kind.toLowerCase() === 'format') {
      fields = fieldsOf(rest);
      continue;
    }
    const values = valuesOf(rest, fields);
    const sizeIn = (name: string, usual: number): number => Number.parseFloat(values[name] ?? '') || usual;
    const fontSize = sizeIn('fontsize', 18);
    const scale = Math.max(sizeIn('scalex', 100), sizeIn('scaley', 100)) / 100;
    refuse('subtitle_size', (fontSize * scale) / head.height);
    for (const name of ['outline', 'shadow']) refuse('subtitle_edge', Math.abs(sizeIn(name, 0)) / head.height);
    const name = (values['name'] ?? '').trim().replace(/^\*+/, '');
    styles.set(name, { row: rowOf(sizeIn('alignment', 2), head.title), fontSize, scale });
  }
  return styles;
}

/** SSA counts 1–3 at the bottom, 5–7 at the top and 9–11 in the middle. */
function rowOf(alignment: number, title: string): Row {
  if (title === '[V4 Styles]') return alignment >= 9 ? 'middle' : alignment >= 5 ? 'top' : 'bottom';
  return alignment >= 7 ? 'top' : alignment >= 4 ? 'middle' : 'bottom';
}

type Sizes = { readonly head: AssScript; readonly styles: ReadonlyMap<string, ScriptStyle> };

/** Throws LIMIT_EXCEEDED for events whose tags or drawings are too large, one by one or together. */
export function refuseSizes(events: readonly AssEvent[], { head, styles }: Sizes): void {
  const largest = Math.max(1, ...[...styles.values()].map(({ scale }) => scale));
  const areas = events.map((event) => {
    refuse('subtitle_event_characters', event.text.length);
    const { fontSize = 18, scale: usual = 1 } = styles.get(event.style) ?? {};
    // A tag may take over any other style.
    const scale = Math.max(
      /\\r/.test(event.text) ? largest : usual,
      ...valuesIn(event.text, /\\fsc[xy]?(-?[\d.]+)/g).map((value) => value / 100),
    );
    const steps = valuesIn(event.text, /\\fs([+-][\d.]+)/g).reduce(
      (size, value) => size * Math.max(1, 1 + value / 10),
      1,
    );
    const size = Math.max(fontSize, ...valuesIn(event.text, /\\fs([\d.]+)/g)) * steps;
    refuse('subtitle_size', (size * scale) / head.height);
    for (const value of valuesIn(event.text, /\\[xy]?(?:bord|shad)(-?[\d.]+)/g)) {
      refuse('subtitle_edge', value / head.height);
    }
    for (const value of valuesIn(event.text, /\\(?:blur|be)([\d.]+)/g)) refuse('subtitle_blur', value);
    return drawnArea(event.text, scale, head);
  });
  refuseDrawings(events, areas);
}

function valuesIn(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, value = '']) => Math.abs(Number.parseFloat(value)) || 0);
}

/** Returns the area of the drawings of an event, in pictures. */
function drawnArea(text: string, scale: number, { width, height }: AssScript): number {
  if (!/\\p[1-9]|\\i?clip/.test(text)) return 0;
  let area = 0;
  for (const [drawing] of text.matchAll(/(?:^|[}(,])[^{}()]*/g)) {
    if (!/[mnlbspc]\s+-?\d/.test(drawing)) continue;
    const numbers = [...drawing.matchAll(/-?\d[\d.]*/g)].map(([value]) => Math.abs(Number.parseFloat(value)) * scale);
    const reach = numbers.reduce((most, value) => Math.max(most, value), 0);
    refuse('subtitle_size', reach / Math.max(width, height));
    area += (reach / width) * (reach / height);
  }
  return area;
}

/** Refuses drawings that cover too much at once. */
function refuseDrawings(events: readonly AssEvent[], areas: readonly number[]): void {
  const changes = events.flatMap(({ fromMs, toMs }, index) => {
    const area = areas[index] ?? 0;
    return area === 0 ? [] : [[fromMs, area] as const, [toMs, -area] as const];
  });
  let total = 0;
  for (const [, change] of changes.sort(([one, more], [other, less]) => one - other || more - less)) {
    total += change;
    refuse('subtitle_drawings', total);
  }
}

function refuse(limit: Limit, value: number): void {
  const max = LIMITS[limit];
  if (value <= max) return;
  const rounded = Math.round(value * 100) / 100;
  throw new AppError('LIMIT_EXCEEDED', { limit, value: rounded, max }, { message: MESSAGES[limit] });
}

const MESSAGES: Readonly<Record<Limit, string>> = {
  subtitle_size: 'the subtitles have letters or drawings that are much larger than the picture',
  subtitle_edge: 'the subtitles have outlines or shadows that are wider than half the picture',
  subtitle_blur: 'the subtitles have a blur that is too wide',
  subtitle_drawings: 'the subtitles have drawings that cover the picture too often at once',
  subtitle_event_characters: 'the subtitles have an event that is too long',
};
