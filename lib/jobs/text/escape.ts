/** Takes no room and is not seen: after a backslash, it keeps libass from reading a tag. */
export const JOINER = '\u2060';

/** Returns a line of text as a part of an ASS event that shows its characters, whatever they are. */
export function inert(text: string): string {
  return text.replaceAll('\\', `\\${JOINER}`).replace(/[{}]/g, '\\$&');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are removed
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f\ufeff\ufffe\uffff]/g;

/** Returns the lines of a text, without characters that are no text. */
export function textLines(text: string): string[] {
  return text.split(/\r\n?|[\n\u0085\u2028\u2029]/).map((line) => line.replaceAll('\t', ' ').replace(CONTROLS, ''));
}
