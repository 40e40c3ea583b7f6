/** How much of a source decides whether it is text. */
const TEXT_BYTES = 512;

export type TextMatch =
  | { readonly kind: 'text'; readonly reason: string }
  | { readonly kind: 'not_text' }
  | { readonly kind: 'need_more'; readonly bytes: number };

const PLAYLISTS = ['#EXTM3U', '[playlist]', 'ffconcat', '<asx', '<smil', '<MPD'].map((start) => start.toLowerCase());
const UTF8_BOM = '\xef\xbb\xbf';
const UTF16_BOMS = ['\xff\xfe', '\xfe\xff'];

/** Whether `prefix` is text: it starts as a playlist or with a UTF-16 mark, or has no control byte that text never has. */
export function textAtStart(prefix: Buffer, ended: boolean): TextMatch {
  const head = prefix.toString('latin1', 0, TEXT_BYTES);
  const opening = (head.startsWith(UTF8_BOM) ? head.slice(UTF8_BOM.length) : head).trimStart().toLowerCase();
  if (PLAYLISTS.some((start) => opening.startsWith(start))) return { kind: 'text', reason: 'a playlist' };
  if (UTF16_BOMS.some((mark) => head.startsWith(mark))) return { kind: 'text', reason: 'text' };
  if (prefix.subarray(0, TEXT_BYTES).some((byte) => isBinary(byte))) return { kind: 'not_text' };
  if (prefix.length < TEXT_BYTES && !ended) return { kind: 'need_more', bytes: TEXT_BYTES };
  return { kind: 'text', reason: 'text' };
}

const TEXT_CONTROLS = new Set([...'\t\n\v\f\r\x1b'].map((character) => character.charCodeAt(0)));

/** Bytes from 0x80 on may be text in any encoding. */
function isBinary(byte: number): boolean {
  return (byte < 0x20 && !TEXT_CONTROLS.has(byte)) || byte === 0x7f;
}
