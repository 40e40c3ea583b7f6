/** libass writes this for a character that no font has. It draws a box instead. */
const MISSING = /failed to find any fallback with glyph 0x([0-9A-F]{1,6}) for font/i;
/** Most characters that are named. */
const MOST = 20;
/** What joins or divides letters and is not drawn. */
const UNSEEN = /\p{Default_Ignorable_Code_Point}|\p{Cc}/u;

/** Returns a function that reads lines of ffmpeg's log and warns of each character without a glyph once. */
export function createGlyphWatch(warn: (text: string) => void): (line: string) => void {
  const seen = new Set<number>();
  return (line) => {
    const code = Number.parseInt(MISSING.exec(line)?.[1] ?? '', 16);
    if (!(code <= 0x10_ffff) || seen.has(code) || seen.size > MOST) return;
    const character = String.fromCodePoint(code);
    if (UNSEEN.test(character)) return;
    seen.add(code);
    const shown = /[\p{L}\p{N}\p{P}\p{S}]/u.test(character) ? ` (${character})` : '';
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}${shown}`;
    warn(seen.size > MOST ? 'more characters have no glyph in the fonts' : `${name} has no glyph in the fonts`);
  };
}
