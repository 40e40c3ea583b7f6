import { alphaOf, assAlpha, assNumber } from './ass-values.ts';
import { piecesOf } from './break-lines.ts';
import { inert, JOINER, textLines } from './escape.ts';
import type { Look } from './look.ts';
import type { Scale } from './play-scale.ts';

type WrittenOptions = {
  readonly look: Look;
  readonly scale: Scale;
  /** Whether its letters only keep their place. */
  readonly isUnseen: boolean;
};

/** Returns the text of an event, without what depends on its time. */
export function writtenText(text: string, options: WrittenOptions): string {
  const { look, scale } = options;
  const pad = look.box === null ? '' : padding(look.box.padding, options);
  const strut = strutOf(look, scale);
  const mark = look.direction === 'rtl' ? RIGHT_TO_LEFT : '';
  const lines = textLines(text).map(
    (line) =>
      mark +
      line
        .split(' ')
        .map((word) => strut + piecesOf(word).map(inert).join(BREAK))
        .join(' '),
  );
  return `{\\q0}${pad}${lines.join('\\N')}${pad}`;
}

/** An invisible letter that is written from right to left. */
const RIGHT_TO_LEFT = '\u200f';

/** A space without width: libass ends lines at spaces only. */
const BREAK = '{\\fscx0} {\\fscx100}';

/** Something invisible that makes a line higher: libass has no other way to set lines apart. */
function strutOf({ fontSize, lineSpacing }: Look, { y }: Scale): string {
  if (lineSpacing === 0) return '';
  return `{\\fs${assNumber((fontSize + lineSpacing) * y)}}${JOINER}{\\fs${assNumber(fontSize * y)}}`;
}

/** Something invisible with a wide outline: the box, and what stands next to it, keep clear of it. */
function padding(width: number, { look, scale, isUnseen }: WrittenOptions): string {
  const { outline } = look;
  const wide = assNumber(Math.max(width, outline.width) * scale.edge);
  const usual = `\\bord${assNumber(outline.width * scale.edge)}\\3a${assAlpha(isUnseen ? 255 : alphaOf(outline.color))}`;
  return `{\\bord${wide}\\3a&HFF&}${JOINER}{${usual}}`;
}
