import { DEFAULT_FONT } from '#lib/ffmpeg/fonts/default-font.ts';
import type { StyleSpec } from '#lib/jobs/spec/text-fields.ts';

/** The picture on which texts are drawn. */
export type Canvas = {
  readonly width: number;
  readonly height: number;
  /** Size of a pixel of the request, in pixels of this picture. */
  readonly unit: number;
};

type Edge = { readonly width: number; readonly color: string };
type Align = 'left' | 'center' | 'right';

/** A look in pixels of one picture. */
export type Look = {
  readonly font: string;
  readonly fontSize: number;
  readonly color: string;
  readonly outline: Edge;
  readonly shadow: { readonly x: number; readonly y: number; readonly color: string } | null;
  readonly box: { readonly padding: number; readonly color: string } | null;
  /** Number of the place on a keypad: 1 is bottom left. */
  readonly place: number;
  /** The text begins, ends or is centred here, and this is its top; null when its place follows from the margins. */
  readonly point: { readonly x: number; readonly y: number } | null;
  readonly margins: readonly [left: number, right: number, vertical: number];
  readonly lineSpacing: number;
  readonly direction: 'auto' | 'rtl' | 'ltr';
};

/** Shares: a line of the height of the picture, a margin of its shorter side, an outline of a line. */
const USUAL = { fontSize: 1 / 15, margin: 1 / 20, outline: 1 / 20 } as const;
const SMALLEST_FONT = 4;

/** Returns a look in the pixels of a picture. */
export function lookOf(style: StyleSpec, canvas: Canvas): Look {
  const { width, height, unit } = canvas;
  const pixels = (value: number, whole: number): number => (value <= 1 ? value * whole : value * unit);
  // A line is at most as high as the picture: larger letters would take memory and not be seen.
  const fontSize = Math.min(height, Math.max(SMALLEST_FONT, pixels(style.font_size ?? USUAL.fontSize, height)));
  const usualEdge = style.box === undefined ? fontSize * USUAL.outline : 0;
  const { outline, shadow, box } = style;
  const padding = box === undefined ? 0 : box.padding * unit;
  const margin = pixels(style.margin ?? USUAL.margin, Math.min(width, height));
  const [row, side] = placeOf(style.position ?? 'bottom');
  const point =
    style.x === undefined || style.y === undefined ? null : { x: pixels(style.x, width), y: pixels(style.y, height) };
  const align = style.align ?? (point === null ? side : 'left');
  const asked = style.max_width === undefined ? undefined : pixels(style.max_width, width);
  const [left, right] =
    point === null
      ? sidesOf(side, { width, margin, room: Math.min(asked ?? width, width - 2 * margin) })
      : [0, width - Math.max(fontSize, asked ?? roomAt(point.x, { align, width, margin }))];
  return {
    ...{
      font: style.font ?? DEFAULT_FONT,
      fontSize,
      color: style.color ?? '#ffffff',
      point,
      direction: style.direction ?? 'auto',
    },
    outline:
      outline === undefined ? { width: usualEdge, color: '#000000' } : { ...outline, width: outline.width * unit },
    shadow: shadow === undefined ? null : { ...shadow, x: shadow.x * unit, y: shadow.y * unit },
    box: box === undefined ? null : { ...box, padding },
    place: (point === null ? ROWS[row] : ROWS.top) + SIDES[align],
    margins: point === null ? [left + padding, right + padding, margin + padding] : [left, right + 2 * padding, 0],
    lineSpacing: (style.line_spacing ?? 0) * unit,
    ...(point === null ? {} : { point: inside(point, { align, padding }) }),
  };
}

type Placing = { readonly width: number; readonly margin: number };

const ROWS = { bottom: 1, middle: 4, top: 7 } as const;
const SIDES: Readonly<Record<Align, number>> = { left: 0, center: 1, right: 2 };

function placeOf(position: string): [row: keyof typeof ROWS, side: Align] {
  const row = position.startsWith('top') ? 'top' : position.startsWith('bottom') ? 'bottom' : 'middle';
  const side = position.endsWith('left') ? 'left' : position.endsWith('right') ? 'right' : 'center';
  return [row, side];
}

/** Returns the distances of a column of text from both sides. */
function sidesOf(side: Align, { width, margin, room }: Placing & { readonly room: number }): [number, number] {
  const free = width - room;
  if (side === 'left') return [margin, free - margin];
  return side === 'right' ? [free - margin, margin] : [free / 2, free / 2];
}

/** Returns the width that a text at a point has before it reaches a margin. */
function roomAt(x: number, { align, width, margin }: Placing & { readonly align: Align }): number {
  const [before, after] = [x - margin, width - margin - x];
  if (align === 'left') return after;
  return align === 'right' ? before : 2 * Math.min(before, after);
}

/** Returns the point of the text in a box whose corner is given. */
function inside(point: { x: number; y: number }, { align, padding }: { align: Align; padding: number }) {
  const by: Readonly<Record<Align, number>> = { left: padding, center: 0, right: -padding };
  return { x: point.x + by[align], y: point.y + padding };
}
