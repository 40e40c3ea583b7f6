import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TextLine } from '#lib/jobs/plan/planned-layers.ts';
import { writeAss } from '#lib/jobs/text/write-ass.ts';
import { FFMPEG, MEDIA_FFMPEG } from '../../../support/ffmpeg.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

const WIDTH = 320;
const ROW = 40;

/** Draws texts below each other, and returns for each the columns that have ink, in groups, and the log. */
function draw(program: string, texts: readonly (string | { text: string; direction: 'rtl' | 'ltr' })[]) {
  using folder = scratchFolder();
  const height = ROW * texts.length;
  const lines = texts.map((given, index): TextLine => {
    const { text, direction = 'auto' as const } = typeof given === 'string' ? { text: given } : given;
    const style = { x: 20, y: index * ROW + 4, font_size: 24, outline: { width: 0, color: '#000000' }, direction };
    const times = { fromMs: 0, toMs: 1_000, fadeInMs: 0, fadeOutMs: 0 };
    const item = { kind: 'written', text, style, ...times } as const;
    return { firstFrame: 0, endFrame: 25, isShown: true, depth: index, item };
  });
  const fps = { num: 25, den: 1 };
  writeFileSync(folder.file('texts.ass'), writeAss({ script: null, lines }, { width: WIDTH, height, unit: 1, fps }));
  const { stdout, stderr } = spawnSync(program, [
    ...['-hide_banner', '-f', 'lavfi', '-i', `color=black:s=${WIDTH}x${height}:d=0.04,format=yuv420p`],
    ...['-vf', `ass=${folder.file('texts.ass')}`, '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'],
  ]);
  assert.equal(stdout.length, WIDTH * height, String(stderr));
  const drawn = texts.map((_, index) => {
    const row = stdout.subarray(index * ROW * WIDTH, (index + 1) * ROW * WIDTH);
    const columns = Array.from({ length: WIDTH }, (__, x) => row.some((value, at) => at % WIDTH === x && value > 96));
    const starts = columns.flatMap((isInked, x) => (isInked && columns[x - 1] !== true ? [x] : []));
    const widths = starts.map((start) => columns.indexOf(false, start) - start);
    return { widths, width: columns.lastIndexOf(true) - columns.indexOf(true) + 1 };
  });
  return { drawn, log: String(stderr) };
}

const SCRIPTS = [
  ...['مرحبا 123 بالعالم', 'שלום 45 עולם', 'नमस्ते क्षत्रिय', 'สวัสดีครับ', '你好 こんにちは 안녕', '😀 ❤️ 👍 ✈', 'Ω Ж ñ'],
];

for (const program of new Set([FFMPEG, MEDIA_FFMPEG])) {
  describe(`texts that ${program === MEDIA_FFMPEG ? 'the ffmpeg of the machine' : 'the full layer'} draws`, () => {
    it('have glyphs in all scripts, and only what no font has is logged', () => {
      const { drawn, log } = draw(program, [...SCRIPTS, '\u{f0000}']);
      for (const [index, { width }] of drawn.entries()) assert.ok(width > 5, `${SCRIPTS[index]}: ${width} columns`);
      const missing = [...log.matchAll(/failed to find any fallback with glyph (\w+)/g)].map(([, glyph]) => glyph);
      assert.deepEqual([...new Set(missing)], ['0xF0000']);
    });

    it('have joined letters, from right to left', () => {
      const { drawn } = draw(program, [
        ...['ببب', 'ب\u200cب\u200cب', 'אא 1'],
        ...([
          { text: 'HH !', direction: 'ltr' },
          { text: 'HH !', direction: 'rtl' },
        ] as const),
      ]);
      const [joined, apart, hebrew, left, right] = drawn;
      assert.ok(Number(joined?.widths.length) < Number(apart?.widths.length), 'the letters touch each other');
      const isNarrow = (width = 0): boolean => width <= 9;
      assert.ok(isNarrow(hebrew?.widths[0]) && !isNarrow(hebrew?.widths.at(-1)), `digit first: ${hebrew?.widths}`);
      assert.ok(!isNarrow(left?.widths[0]) && isNarrow(left?.widths.at(-1)), `left to right: ${left?.widths}`);
      assert.ok(isNarrow(right?.widths[0]) && !isNarrow(right?.widths.at(-1)), `right to left: ${right?.widths}`);
    });
  });
}
