/** Invisible: a backslash before it begins no tag. */
const JOINER = '\u2060';

/** Returns a text as the text of an ASS event that shows its characters, whatever they are. */
export function assText(text: string): string {
  return text
    .replaceAll('\\', `\\${JOINER}`)
    .replace(/[{}]/g, '\\$&')
    .replace(/\r\n?|\n/g, '\\N');
}
