/** Scripts that are written without spaces between words. */
const DENSE = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Mymr}]/u;
const DENSE_RUN = new RegExp(`${DENSE.source}[^\\s]*`, 'u');

/** Longest word that is kept whole, and the pieces of a longer one, in letters. */
const LONGEST_WORD = 40;
const PIECE = 8;

const words = new Intl.Segmenter('und', { granularity: 'word' });
const letters = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * Returns the pieces of a word between which a line may end: libass ends lines at spaces only. Scripts without spaces are
 * divided into their words, and what is longer than any word into pieces.
 */
export function piecesOf(word: string): string[] {
  if (DENSE_RUN.test(word)) return denseWords(word);
  if (word.length <= LONGEST_WORD) return [word];
  const all = [...letters.segment(word)].map(({ segment }) => segment);
  return Array.from({ length: Math.ceil(all.length / PIECE) }, (_, index) =>
    all.slice(index * PIECE, (index + 1) * PIECE).join(''),
  );
}

/** Punctuation stays with the word before it, and an opening bracket with the word after it. */
function denseWords(text: string): string[] {
  const pieces: string[] = [];
  for (const { segment, isWordLike } of words.segment(text)) {
    const last = pieces.at(-1);
    const joins =
      last !== undefined && ((isWordLike !== true && !OPENING.test(segment)) || OPENING.test(last.slice(-1)));
    if (joins) pieces.splice(-1, 1, last + segment);
    else pieces.push(segment);
  }
  return pieces;
}

const OPENING = /^[\p{Ps}\p{Pi}]/u;
