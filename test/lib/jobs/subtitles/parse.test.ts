import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Cue } from '#lib/jobs/subtitles/cue.ts';
import { flattened } from '#lib/jobs/subtitles/flatten.ts';
import { parseSubtitles, SUBTITLE_LIMITS } from '#lib/jobs/subtitles/parse.ts';
import { writeSrt, writeVtt } from '#lib/jobs/subtitles/write.ts';

/** Returns the cues of a text as `from to text`, and the number of skipped lines. */
function read(text: string): unknown[] {
  const { cues, skipped } = parseSubtitles(text);
  return [...cues.map(({ fromMs, toMs, text: shown }) => [fromMs, toMs, shown]), skipped];
}

const cue = (number: number, text: string) => `${number}\n00:00:0${number},000 --> 00:00:0${number},500\n${text}\n\n`;

describe('SRT', () => {
  it('is read with any line ends, and without numbers and empty lines', () => {
    const expected = [[1_000, 2_500, 'one\ntwo'], [3_000, 4_000, 'three'], 0];
    const text = '1\n00:00:01,000 --> 00:00:02,500\none\ntwo\n\n2\n00:00:03,000 --> 00:00:04,000\nthree';
    for (const end of ['\n', '\r\n', '\r']) assert.deepEqual(read(text.replaceAll('\n', end)), expected);
    assert.deepEqual(read(text.replaceAll(/^\d\n/gm, '').replace('\n\n', '\n')), expected);
    assert.deepEqual(read(text.replace('\n\n', '\n')), expected);
  });

  it('takes players’ fractions and positions', () => {
    assert.deepEqual(read('0:00:01.5 --> 0:00:02,25 X1:10 X2:20\na'), [[1_500, 2_250, 'a'], 0]);
  });

  it('loses formatting, and keeps what is none', () => {
    const text = '{\\an8}<i>a</i> <font color="#ff0000">b</font> < c > 1 {d} <3';
    assert.deepEqual(read(cue(1, text))[0], [1_000, 1_500, 'a b < c > 1 {d} <3']);
  });

  it('skips lines that cannot be read, empty cues and those that end before they begin', () => {
    const text = `${cue(1, 'a')}what is this\n00:00:02,000 -> 00:00:03,000\n\n${cue(4, '')}5\n00:00:05,000 --> 00:00:04,000\nx\n`;
    assert.deepEqual(read(text), [[1_000, 1_500, 'a'], 4]);
  });

  it('keeps numbers that are spoken', () => {
    assert.deepEqual(read(`${cue(1, '42')}${cue(2, '7\n8')}`), [[1_000, 1_500, '42'], [2_000, 2_500, '7\n8'], 0]);
  });

  it('is sorted by time', () => {
    assert.deepEqual(read(`${cue(2, 'b')}${cue(1, 'a')}`), [[1_000, 1_500, 'a'], [2_000, 2_500, 'b'], 0]);
  });
});

describe('WebVTT', () => {
  it('is read without notes, styles, names, tags and positions', () => {
    const text = `WEBVTT - a title

STYLE
::cue { color: red }

NOTE
not shown --> never

intro
00:01.000 --> 00:02.000 align:start
<v Ann><b>Fish</b> &amp; chips &lt;b&gt;&nbsp;!

01:00:00.000 --> 01:00:01.000
late`;
    assert.deepEqual(read(text), [[1_000, 2_000, 'Fish & chips <b>\u00a0!'], [3_600_000, 3_601_000, 'late'], 0]);
  });
});

const ASS = `[Script Info]
Title: x

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not shown
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\an8\\i1}Hello, you{\\i0}\\Nand\\hI
Dialogue: 1,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\bord4}Hello, you\\Nand\\hI
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 9 9{\\p0}drawn
Dialogue: 0,broken,0:00:04.00,Default,,0,0,0,,x
`;

describe('ASS', () => {
  it('gives the text of its lines, without overrides, drawings and shadows', () => {
    assert.deepEqual(read(ASS), [[1_000, 2_500, 'Hello, you\nand\u00a0I'], [3_000, 4_000, 'drawn'], 1]);
  });

  it('takes the order of the fields from the file, as SSA has another', () => {
    const text =
      '[Script Info]\n\n[Events]\nFormat: Marked, End, Start, Text\nDialogue: Marked=0,0:00:02.00,0:00:01.00,a, b';
    assert.deepEqual(read(text), [[1_000, 2_000, 'a, b'], 0]);
  });
});

describe('subtitles', () => {
  it('are refused when they are another text, or have too many cues', () => {
    assert.throws(() => parseSubtitles('hello'), { code: 'UNSUPPORTED_FORMAT' });
    const many = cue(1, 'a').repeat(SUBTITLE_LIMITS.cues + 1);
    assert.throws(() => parseSubtitles(many), {
      code: 'LIMIT_EXCEEDED',
      details: { limit: 'subtitle_cues', value: 20_001, max: 20_000 },
    });
    assert.equal(parseSubtitles(cue(1, 'a').repeat(SUBTITLE_LIMITS.cues)).cues.length, SUBTITLE_LIMITS.cues);
  });

  it('of 5 MB are read in a time that grows with their length alone, whatever they are', () => {
    const start = '1\n00:00:01,000 --> 00:00:02,000\n';
    for (const filler of ['<', '{\\', '<i ', '&amp', '-->', '00:00:01,000 ', '\n', 'a\n', '\t']) {
      const text = `${start}${filler.repeat(SUBTITLE_LIMITS.bytes / filler.length)}`;
      const began = performance.now();
      for (const head of ['', 'WEBVTT\n\n', '[Script Info]\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,,,,,']) {
        parseSubtitles(`${head}${text}`);
      }
      // Where it grew with the square of the length, this would take hours.
      assert.ok(performance.now() - began < 60_000, `${filler} took ${performance.now() - began} ms`);
    }
  });
});

const TEXT = fc
  .array(fc.string({ unit: 'grapheme', maxLength: 30 }), { minLength: 1, maxLength: 3 })
  .map((lines) => lines.map((line) => line.replace(/\p{C}/gu, '').trim()).filter((line) => line !== ''))
  .filter((lines) => lines.length > 0)
  .map((lines) => lines.join('\n'));
const SPECIAL = fc.constantFrom(
  '<b>',
  '{\\an8}x',
  'a --> b',
  '00:00:01,000 --> 00:00:02,000',
  '&lt;',
  'c:\\new',
  '12',
  'NOTE',
);
const CUES = fc
  .array(
    fc.record({ fromMs: fc.nat(9_000_000), ms: fc.integer({ min: 1, max: 60_000 }), text: fc.oneof(TEXT, SPECIAL) }),
    { minLength: 1 },
  )
  .map((cues) => cues.map(({ fromMs, ms, text }): Cue => ({ fromMs, toMs: fromMs + ms, text })))
  .map((cues) => cues.sort((one, other) => one.fromMs - other.fromMs));

describe('cues that are written', () => {
  it('are the same when they are read as SRT, but for invisible joiners', () => {
    fc.assert(
      fc.property(CUES, (cues) => {
        const { cues: found, skipped } = parseSubtitles(writeSrt(cues));
        const plain = (text: string) => text.replaceAll('\u2060', '');
        assert.equal(skipped, 0);
        assert.deepEqual(
          found.map((one) => ({ ...one, text: plain(one.text) })),
          cues.map((one) => ({ ...one, text: plain(one.text) })),
        );
      }),
    );
  });

  it('are the same when they are read as WebVTT', () => {
    fc.assert(fc.property(CUES, (cues) => assert.deepEqual(parseSubtitles(writeVtt(cues)).cues, cues)));
  });

  it('never overlap for MP4, and each text is shown when it was', () => {
    fc.assert(
      fc.property(CUES, fc.nat(9_060_000), (cues, at) => {
        const flat = flattened(cues);
        for (const [index, { fromMs, toMs }] of flat.entries()) {
          assert.ok(fromMs < toMs && toMs <= (flat[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY));
        }
        const times = [at, ...cues.flatMap(({ fromMs, toMs }) => [fromMs, toMs - 1, toMs])];
        const shown = (list: readonly Cue[], ms: number) =>
          list
            .filter(({ fromMs, toMs }) => fromMs <= ms && ms < toMs)
            .map(({ text }) => text)
            .join('\n');
        for (const ms of times) assert.equal(shown(flat, ms), shown(cues, ms));
      }),
    );
  });

  it('are refused for MP4 when they overlap without end', () => {
    const cues = Array.from(
      { length: 20_000 },
      (_, index): Cue => ({ fromMs: index, toMs: 100_000 + index, text: 'text' }),
    );
    assert.throws(() => flattened(cues), { code: 'LIMIT_EXCEEDED' });
  });
});
