import { assColor, assNumber } from './ass-values.ts';
import type { Look } from './look.ts';
import type { Scale } from './play-scale.ts';

/** What an event draws: all of a text, its box, or the text without the box. */
export type Part = 'all' | 'box' | 'text';

export const STYLE_FORMAT =
  'Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, Outline, Shadow, ' +
  'Alignment, MarginL, MarginR, MarginV, Encoding';

/** libass takes the direction of writing from the field for encodings: that of the first letter, or left to right. */
const DIRECTIONS: Readonly<Record<Look['direction'], number>> = { auto: -1, rtl: -1, ltr: 1 };
/** Letters with an outline and a shadow, or with an outline on a box under the whole event. */
const BORDERS = { letters: 1, box: 4 } as const;

type StyleOptions = { readonly look: Look; readonly part: Part; readonly scale: Scale };

/** Returns the line of a style. The colour of shadows is that of boxes, too. */
export function assStyle(name: string, { look, part, scale }: StyleOptions): string {
  const { font, fontSize, color, outline, box, shadow, place, margins, direction } = look;
  const hasBox = box !== null && part !== 'text';
  const back = hasBox ? box.color : (shadow?.color ?? '#000000');
  const [left, right, vertical] = margins.map((value, index) =>
    Math.max(0, Math.round(value * (index < 2 ? scale.x : scale.y))),
  );
  return `Style: ${[
    ...[name, font, assNumber(fontSize * scale.y), assColor(color), assColor(outline.color), assColor(back)],
    ...[hasBox ? BORDERS.box : BORDERS.letters, assNumber(outline.width * scale.edge), 0, place, left, right, vertical],
    DIRECTIONS[direction],
  ].join(',')}`;
}
