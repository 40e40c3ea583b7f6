/** Bytes at the start of a source that decide whether it is text, and of which kind. */
export const TEXT_BYTES = 512;

export type TextMatch =
  | { readonly kind: 'text'; readonly reason: string }
  | { readonly kind: 'not_text' }
  | { readonly kind: 'need_more'; readonly bytes: number };

const PLAYLISTS = ['#EXTM3U', '[playlist]', 'ffconcat', '<asx', '<smil', '<MPD'].map((start) => start.toLowerCase());
const UTF8_BOM = '\xef\xbb\xbf';
const UTF16_BOMS: Readonly<Record<string, string>> = { '\xff\xfe': 'utf-16le', '\xfe\xff': 'utf-16be' };

/** Returns whether `prefix` is text: it starts like a playlist or with a UTF-16 BOM, or has no binary control bytes. */
export function textAtStart(prefix: Buffer, ended: boolean): TextMatch {
  const head = prefix.toString('latin1', 0, TEXT_BYTES);
  const opening = (head.startsWith(UTF8_BOM) ? head.slice(UTF8_BOM.length) : head).trimStart().toLowerCase();
  if (PLAYLISTS.some((start) => opening.startsWith(start))) return { kind: 'text', reason: 'a playlist' };
  if (UTF16_BOMS[head.slice(0, 2)] !== undefined) return { kind: 'text', reason: 'text' };
  if (prefix.subarray(0, TEXT_BYTES).some((byte) => isBinary(byte))) return { kind: 'not_text' };
  if (prefix.length < TEXT_BYTES && !ended) return { kind: 'need_more', bytes: TEXT_BYTES };
  return { kind: 'text', reason: 'text' };
}

const TEXT_CONTROLS = new Set([...'\t\n\v\f\r\x1b'].map((character) => character.charCodeAt(0)));

/** Bytes from 0x80 up may be text in some encoding. */
function isBinary(byte: number): boolean {
  return (byte < 0x20 && !TEXT_CONTROLS.has(byte)) || byte === 0x7f;
}

/** First lines. SRT may begin with empty lines, and without a number. */
const SUBTITLES = {
  srt: /^\s*(?:\d+\s+)?\d{1,3}:\d{2}:\d{2}[,.]\d{1,3}\s*-->/,
  webvtt: /^WEBVTT(?:\s|$)/,
  ass: /^\s*\[script info\]/i,
} as const;

export type SubtitlesKind = keyof typeof SUBTITLES;

/**
 * Recognises subtitles by their first TEXT_BYTES, or fewer if the file is shorter. They may be UTF-16 with a BOM or any
 * encoding that extends ASCII. Returns undefined for other text and for binary.
 */
export function subtitlesAtStart(prefix: Buffer): SubtitlesKind | undefined {
  const encoding = UTF16_BOMS[prefix.toString('latin1', 0, 2)] ?? 'utf-8';
  const head = new TextDecoder(encoding).decode(prefix.subarray(0, TEXT_BYTES));
  if (textAtStart(Buffer.from(head), true).kind !== 'text') return undefined;
  return (Object.keys(SUBTITLES) as SubtitlesKind[]).find((kind) => SUBTITLES[kind].test(head));
}
