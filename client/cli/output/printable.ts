/** Longest line that a server can make this program print, in characters. */
const LONGEST = 2_000;

/**
 * Characters that act on a terminal or reorder its text: controls (C0, C1, DEL), line and paragraph separators, and
 * directional formatting (Unicode Technical Report 36).
 */
const ACTING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Returns text of others as one line that a terminal shows and does not obey. */
export function printableLine(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(ACTING, '\ufffd');
  return line.length > LONGEST ? `${line.slice(0, LONGEST).toWellFormed()}…` : line;
}

/** Returns JSON of one line, with the same characters escaped. */
export function printableJson(value: object): string {
  return JSON.stringify(value).replaceAll(ACTING, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
