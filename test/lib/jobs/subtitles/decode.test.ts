import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeText, isEncoding } from '#lib/jobs/subtitles/decode.ts';

const TEXT = 'Привет, мир';
const CP1251 = Buffer.from('cff0e8e2e5f22c20ece8f0', 'hex');
const CP1252 = Buffer.from('Été à la plage, déjà vu', 'latin1');

describe('the bytes of a text', () => {
  it('are decoded by the named encoding, whatever they look like', () => {
    assert.equal(decodeText(CP1251, { encoding: 'windows-1251' }).text, TEXT);
    assert.equal(decodeText(Buffer.from('é'), { encoding: 'windows-1252' }).text, 'Ã©');
    assert.deepEqual(decodeText(CP1251, { encoding: 'utf-8' }).lost > 0, true);
  });

  it('are decoded by their byte order mark', () => {
    const little = Buffer.from(`\ufeff${TEXT}`, 'utf16le');
    for (const bytes of [little, Buffer.from(little).swap16(), Buffer.from(`\ufeff${TEXT}`)]) {
      assert.deepEqual(decodeText(bytes, {}), { text: TEXT, lost: 0 });
    }
  });

  it('are UTF-8 when they can be', () => {
    assert.deepEqual(decodeText(Buffer.from(TEXT), { language: 'rus' }), { text: TEXT, lost: 0 });
  });

  it('are guessed by their language, else by their letters, and the guess is named', () => {
    assert.deepEqual(decodeText(CP1251, {}), { text: TEXT, lost: 0, guessed: 'windows-1251' });
    assert.deepEqual(decodeText(CP1252, {}).text, 'Été à la plage, déjà vu');
    assert.equal(decodeText(CP1252, {}).guessed, 'windows-1252');
    assert.equal(decodeText(Buffer.from([0xb1, 0xe6]), { language: 'pol' }).text, '±ć');
    assert.equal(decodeText(Buffer.from([0x82, 0xb1, 0x82, 0xf1]), { language: 'jpn' }).text, 'こん');
  });

  it('may be in any encoding that TextDecoder knows', () => {
    assert.deepEqual(['utf-16', 'cp1251', 'koi8-r', 'windows-9999', ''].map(isEncoding), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
