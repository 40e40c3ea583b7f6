import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createGlyphWatch } from '#lib/jobs/run/missing-glyphs.ts';

const line = (glyph: string) =>
  `[Parsed_ass_1 @ 0x5] fontselect: failed to find any fallback with glyph ${glyph} for font: (DejaVu Sans, 400, 0)`;

function warningsOf(lines: readonly string[]): string[] {
  const warnings: string[] = [];
  const read = createGlyphWatch((text) => void warnings.push(text));
  for (const each of lines) read(each);
  return warnings;
}

describe('characters without a glyph', () => {
  it('are named once', () => {
    const lines = [line('0x13080'), line('0xE000'), line('0x13080'), 'Glyph 0x41 not found, selecting one more font'];
    assert.deepEqual(warningsOf(lines), [
      'U+13080 (\u{13080}) has no glyph in the fonts',
      'U+E000 has no glyph in the fonts',
    ]);
  });

  it('are ignored when nothing is drawn for them', () => {
    assert.deepEqual(warningsOf([line('0x2060'), line('0xFE0F'), line('0x200F'), line('0x110000'), line('')]), []);
  });

  it('are named up to 20', () => {
    const warnings = warningsOf(Array.from({ length: 50 }, (_, index) => line(`0x${(0xe000 + index).toString(16)}`)));
    assert.equal(warnings.length, 21);
    assert.equal(warnings.at(-1), 'more characters have no glyph in the fonts');
  });
});
