import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { piecesOf } from '#lib/jobs/text/break-lines.ts';
import { JOINER, textLines } from '#lib/jobs/text/escape.ts';
import { lookOf } from '#lib/jobs/text/look.ts';
import { writtenText } from '#lib/jobs/text/written-text.ts';

const CANVAS = { width: 640, height: 360, unit: 1 };
const SCALE = { x: 1, y: 1, edge: 1 };
const BREAK = '{\\fscx0} {\\fscx100}';
const written = (text: string, style: object = {}) =>
  writtenText(text, { look: lookOf(style, CANVAS), scale: SCALE, isUnseen: false });

/** Reads the text of an event as libass does: its characters, where `\n` is a line break, and its tags. */
function read(event: string): { readonly shown: string; readonly tags: string[] } {
  const escapes: Readonly<Record<string, string>> = { N: '\n', n: ' ', h: '\u00a0', '{': '{', '}': '}' };
  const tags: string[] = [];
  const shown = event.replace(/\{[^}]*\}|\\[Nnh{}]|./gs, (part) => {
    if (part.length === 1) return part;
    if (part.startsWith('\\')) return escapes[part.slice(1)] ?? '';
    tags.push(part);
    return '';
  });
  return { shown, tags };
}

/** Letters that make trouble, and any others. */
const hostile = fc.string({
  unit: fc.oneof(fc.constantFrom(...'\\{}Nnhbp1&H,; \n\t'), fc.string({ unit: 'binary', maxLength: 1 })),
});

describe('the text of an event', () => {
  it('shows the characters of any text and has no tags but ours', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { shown, tags } = read(written(text).replaceAll(BREAK, ''));
        assert.equal(shown.replaceAll(JOINER, ''), textLines(text).join('\n').replaceAll(JOINER, ''));
        assert.deepEqual(tags, ['{\\q0}']);
      }),
    );
  });

  it('never spans lines of the file', () => {
    fc.assert(fc.property(hostile, (text) => !/[\r\n]/.test(written(text))));
  });

  it('may end a line between the words of a script that has no spaces', () => {
    assert.deepEqual(piecesOf('สวัสดีครับ'), ['สวัสดี', 'ครับ']);
    assert.ok(piecesOf('这是一个很长的句子。').length > 3);
    assert.ok(piecesOf('这是一个很长的句子。').every((piece) => piece !== '。'));
    assert.deepEqual(piecesOf('مرحبا'), ['مرحبا']);
  });

  it('may end a line within a word that is longer than any other', () => {
    const url = `https://example.org/${'x'.repeat(60)}`;
    assert.ok(piecesOf(url).every((piece) => piece.length <= 8));
    assert.equal(piecesOf(url).join(''), url);
  });

  it('has something invisible in each word that sets lines apart', () => {
    assert.equal(
      written('a b', { font_size: 20, line_spacing: 10 }),
      `{\\q0}{\\fs30}${JOINER}{\\fs20}a {\\fs30}${JOINER}{\\fs20}b`,
    );
  });
});
