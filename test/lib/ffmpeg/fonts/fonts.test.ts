import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { DEFAULT_FONT } from '#lib/ffmpeg/fonts/default-font.ts';
import { availableFonts, fontsOf, readFonts } from '#lib/ffmpeg/fonts/fonts.ts';
import { FFMPEG, MEDIA_FFMPEG } from '../../../support/ffmpeg.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

/** A font with these tables, of which only the names have a content: its family. */
function font(family: string, tables: readonly string[]): Buffer {
  const text = Buffer.from(family, 'utf16le').swap16();
  const names = Buffer.alloc(18 + text.length);
  for (const [index, value] of [0, 1, 18, 3, 1, 0x409, 1, text.length, 0].entries())
    names.writeUInt16BE(value, index * 2);
  text.copy(names, 18);
  const head = Buffer.alloc(12 + 16 * tables.length);
  head.writeUInt32BE(0x10000, 0);
  head.writeUInt16BE(tables.length, 4);
  for (const [index, tag] of tables.entries()) {
    head.write(tag, 12 + 16 * index, 'latin1');
    head.writeUInt32BE(head.length, 12 + 16 * index + 8);
    head.writeUInt32BE(names.length, 12 + 16 * index + 12);
  }
  return Buffer.concat([head, names]);
}

describe('the list of fonts', () => {
  it('has the families of all folders, without fonts of pictures and without files that are no fonts', async () => {
    using folder = scratchFolder();
    mkdirSync(folder.file('inner'));
    writeFileSync(folder.file('b.ttf'), font('Zeta', ['glyf', 'name']));
    writeFileSync(folder.file('inner/a.OTF'), font('Alpha Sans', ['CFF ', 'name']));
    writeFileSync(folder.file('emoji.ttf'), font('Emoji', ['CBDT', 'name']));
    writeFileSync(folder.file('cut.ttf'), font('Cut', ['glyf', 'name']).subarray(0, 50));
    writeFileSync(folder.file('text.ttf'), 'no font at all');
    copyFileSync(folder.file('b.ttf'), folder.file('b.txt'));
    const { families, has } = await readFonts([dirname(folder.file('b.ttf')), '/missing']);
    assert.deepEqual(families, [
      { family: 'Alpha Sans', styles: ['Regular'] },
      { family: 'Zeta', styles: ['Regular'] },
    ]);
    assert.deepEqual(['zeta', 'AlphaSans', 'Emoji', 'Nope'].map(has), [true, true, false, false]);
  });

  it('has the default font for every ffmpeg, by any of its names', async () => {
    for (const program of [FFMPEG, MEDIA_FFMPEG]) {
      const { has } = await fontsOf(program);
      assert.ok(has(DEFAULT_FONT) && has('DejaVuSans-Bold'), program);
    }
    const { fonts } = await availableFonts(FFMPEG);
    assert.ok(fonts.find(({ family }) => family === DEFAULT_FONT)?.styles.includes('Bold'));
  });

  it('has only its own fonts for an ffmpeg that brings some', async () => {
    using folder = scratchFolder();
    mkdirSync(folder.file('share/fonts'), { recursive: true });
    writeFileSync(folder.file('share/fonts/own.ttf'), font('Own', ['glyf', 'name']));
    const { families } = await fontsOf(join(dirname(folder.file('share')), 'bin', 'ffmpeg'));
    assert.deepEqual(families, [{ family: 'Own', styles: ['Regular'] }]);
  });
});
