import { isUtf8 } from 'node:buffer';

export type DecodedText = {
  readonly text: string;
  /** The encoding, if it was guessed. */
  readonly guessed?: string;
  /** Characters that the encoding does not have. */
  readonly lost: number;
};

type DecodeOptions = {
  /** The encoding that the request names. */
  readonly encoding?: string | undefined;
  /** The language that the request names: three letters. */
  readonly language?: string | undefined;
};

/**
 * Decodes the bytes of a text: by the named encoding, else by its byte order mark, else as UTF-8, else by a guess. A
 * short text in a one-byte encoding may be any, so nothing more is promised.
 */
export function decodeText(bytes: Uint8Array, { encoding, language }: DecodeOptions): DecodedText {
  const known = encoding ?? markedEncoding(bytes) ?? (isUtf8(bytes) ? 'utf-8' : undefined);
  const guessed = known === undefined ? guessedEncoding(bytes, language) : undefined;
  const text = new TextDecoder(known ?? guessed).decode(bytes);
  const lost = text.match(/\ufffd/g)?.length ?? 0;
  return { text, lost, ...(guessed === undefined ? {} : { guessed }) };
}

/** Returns whether `TextDecoder` knows an encoding of this name. */
export function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}

function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xef && second === 0xbb && third === 0xbf ? 'utf-8' : undefined;
}

/** What subtitles of a language were usually written in before UTF-8. */
const USUAL: readonly (readonly [encoding: string, languages: RegExp])[] = [
  ['windows-1251', /^(?:rus|ukr|bel|bul|mac|mkd|srp|scc|kaz)$/],
  ['windows-1250', /^(?:pol|cze|ces|slo|slk|slv|hrv|scr|hun|rum|ron|bos)$/],
  ['windows-1253', /^(?:gre|ell)$/],
  ['windows-1254', /^(?:tur|aze)$/],
  ['windows-1255', /^heb$/],
  ['windows-1256', /^(?:ara|per|fas|urd)$/],
  ['windows-1257', /^(?:est|lav|lit)$/],
  ['windows-1258', /^vie$/],
  ['windows-874', /^tha$/],
  ['shift_jis', /^jpn$/],
  ['euc-kr', /^kor$/],
  ['gb18030', /^(?:chi|zho)$/],
];

/** In Cyrillic, most letters above ASCII have another one next to them; in western languages few do. */
function guessedEncoding(bytes: Uint8Array, language = ''): string {
  const usual = USUAL.find(([, languages]) => languages.test(language));
  if (usual !== undefined) return usual[0];
  let [letters, pairs] = [0, 0];
  for (let index = 0; index < bytes.length; index += 1) {
    if ((bytes[index] ?? 0) < FIRST_LETTER) continue;
    letters += 1;
    if ((bytes[index - 1] ?? 0) >= FIRST_LETTER || (bytes[index + 1] ?? 0) >= FIRST_LETTER) pairs += 1;
  }
  return pairs * 2 > letters ? 'windows-1251' : 'windows-1252';
}

/** Letters begin here in both encodings. */
const FIRST_LETTER = 0xc0;
