import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { FFMPEG } from '../../../support/ffmpeg.ts';
import { encode } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, greyFrames, X264 } from '../../../support/job-media.ts';

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** A black film of ten frames, of which 25 make a second. */
const black = (size = '160x90') => {
  const source = ['-f', 'lavfi', '-i', `color=c=black:s=${size}:r=25:d=0.4`];
  return films.make(`black-${size}`, [...source, ...X264, '-f', 'mp4']);
};

/** A picture in grey, and where it is lighter than black. */
type Ink = {
  readonly pixels: Buffer;
  /** Groups of rows that have ink: first and last. */
  readonly rows: readonly (readonly [number, number])[];
  readonly columns: readonly (readonly [number, number])[];
  /** Sum of all levels, in pixels that are white. */
  readonly amount: number;
};

const LIGHT = 48;

function groups(count: number, isInked: (index: number) => boolean): [number, number][] {
  const found: [number, number][] = [];
  for (let index = 0; index < count; index += 1) {
    const last = found.at(-1);
    if (!isInked(index)) continue;
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else found.push([index, index]);
  }
  return found;
}

function inkOf(pixels: Buffer, width: number): Ink {
  const height = pixels.length / width;
  const at = (x: number, y: number): boolean => (pixels[y * width + x] ?? 0) > LIGHT;
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  return {
    pixels,
    rows: groups(height, (y) => range(width).some((x) => at(x, y))),
    columns: groups(width, (x) => range(height).some((y) => at(x, y))),
    amount: pixels.reduce((sum, value) => sum + value, 0) / 255,
  };
}

type Drawing = { readonly size?: string; readonly at?: number; readonly texts?: Readonly<Record<string, Uint8Array>> };

/** Draws on black and returns one frame. */
async function drawn(steps: readonly object[], { size = '320x180', at = 0.2, texts = {} }: Drawing = {}): Promise<Ink> {
  const [width = 0] = size.split('x').map(Number);
  const request = { base: 'a', steps, outputs: [{ format: 'png', at }] };
  await using made = await encode(request, { a: await black(size) }, { texts });
  assert.deepEqual([made.findings, made.plan.warnings], [[], []]);
  const args = ['-v', 'error', '-i', '-', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'];
  return inkOf(execFileSync(FFMPEG, args, { input: readFileSync(made.output()) }), width);
}

const bare = { outline: { width: 0 } };
const text = (words: string, fields: object = {}) => ({ op: 'text', text: words, ...bare, ...fields });
const srt = (words: string) => Buffer.from(`1\n00:00:00,000 --> 00:00:09,000\n${words}\n`);
const isInked = (frame: Buffer) => frame.some((value) => value > 128);

describe('texts on the picture', () => {
  it('are shown in the frames of their time, the same in runs as in one graph', async () => {
    const request = {
      steps: [
        { op: 'concat', inputs: Array.from({ length: 17 }, () => 'a') },
        { op: 'text', text: 'Joint', from: 6, to: 6.6 },
        { op: 'text', text: 'End', from: 6.4, position: 'top', font_size: 24, fade_in: 0.2 },
      ],
      outputs: [{ format: 'mkv', quality: 'high' }],
    };
    await using whole = await encode(request, { a: await black() }, { runs: false });
    await using runs = await encode(request, { a: await black() });
    assert.deepEqual([...whole.findings, ...runs.findings], []);
    assert.deepEqual(
      runs.stages.map(({ name }) => name),
      ['run 1 of 2', 'run 2 of 2', 'join'],
    );
    const size = { width: 160, height: 90 };
    const [frames, same] = [await greyFrames(whole.output(), size), await greyFrames(runs.output(), size)];
    assert.equal(frames.length, 170);
    const lower = (frame: Buffer) => frame.subarray(160 * 45);
    const inked = (part: (frame: Buffer) => Buffer, all = frames) =>
      all.flatMap((frame, index) => (isInked(part(frame)) ? [index] : []));
    assert.deepEqual(
      inked(lower),
      Array.from({ length: 15 }, (_, index) => 150 + index),
    );
    assert.deepEqual(inked(lower, same), inked(lower));
    const brightest = (frame: number, all: readonly Buffer[]) => Math.max(...(all[frame]?.subarray(0, 160 * 45) ?? []));
    const fading = [160, 162, 164, 166, 169];
    assert.deepEqual(
      fading.map((frame) => brightest(frame, frames) > 240),
      [false, false, false, true, true],
    );
    for (const frame of fading) {
      assert.ok(Math.abs(brightest(frame, frames) - brightest(frame, same)) < 8, `frame ${frame} is alike in runs`);
    }
    assert.ok(brightest(162, frames) > brightest(160, frames) + 40, 'it fades');
  });

  it('are the same to the pixel in one picture alone as in the graph of the whole film', async () => {
    const cues = [
      { from: 0, to: 0.24, text: 'below' },
      { from: 0.08, to: 0.4, text: 'above' },
    ];
    const steps = [
      { op: 'concat', inputs: ['a', 'a'] },
      { op: 'subtitles', mode: 'burn', cues },
      text('red', { color: '#ff0000', from: 0.12, to: 0.7, fade_in: 0.3 }),
      { op: 'trim', from: 0.04 },
    ];
    const pictures = [0.04, 0.16, 0.28].map((at) => ({ format: 'png', at }));
    const inputs = { a: await black() };
    await using alone = await encode({ steps, outputs: pictures }, inputs);
    await using whole = await encode({ steps, outputs: [...pictures, { format: 'mp4', quality: 'draft' }] }, inputs);
    assert.equal(whole.stages.length, 1);
    for (const index of pictures.keys()) {
      assert.ok(readFileSync(alone.output(index)).equals(readFileSync(whole.output(index))), `picture ${index}`);
    }
    assert.ok(!readFileSync(alone.output(0)).equals(readFileSync(alone.output(1))));
  });

  it('show hostile characters as they are: as much ink as those characters one by one', async () => {
    const look = { font: 'DejaVu Sans Mono', font_size: 14, position: 'left', max_width: 1, margin: 0 };
    for (const hostile of ["100%{pts}{\\b1}C:\\Nope\\N';[],", 'text=hi,drawtext=textfile=/etc/passwd']) {
      const whole = await drawn([text(hostile, look)]);
      const apart = await drawn([text([...hostile].join('\n'), { ...look, position: 'top' })], { size: '160x720' });
      assert.ok(Math.abs(whole.amount / apart.amount - 1) < 0.03, `${hostile}: ${whole.amount} and ${apart.amount}`);
      assert.equal(whole.rows.length, 1);
    }
    const long = await drawn([text('x{\\p1}'.repeat(1_666), { font_size: 8 })]);
    assert.ok(long.amount > 1_000);
  });

  it('have the same height at any shape of the picture, as texts and as subtitles', async () => {
    const heights = [];
    for (const size of ['360x640', '1280x720']) {
      const [rows] = (await drawn([text('H', { font_size: 48 })], { size })).rows;
      const style = { ...bare, font_size: 48 };
      const subtitles = { op: 'subtitles', mode: 'burn', input: 'subs', style };
      const [same] = (await drawn([subtitles], { size, texts: { subs: srt('H') } })).rows;
      for (const [first = 0, last = 0] of [rows ?? [], same ?? []]) heights.push(last - first + 1);
    }
    assert.ok(Math.max(...heights) <= Math.min(...heights) * 1.1, heights.join(' '));
    assert.ok(Math.min(...heights) > 25, heights.join(' '));
  });

  it('wrap at max_width, in scripts without spaces, too', async () => {
    for (const words of ['many words that need more than one line', '这是一个很长的句子需要换行显示', 'x'.repeat(60)]) {
      const { rows, columns } = await drawn([text(words, { font_size: 14, max_width: 150 })]);
      assert.ok(rows.length >= 2, `${words}: ${rows.length} lines`);
      const [first = [0, 0], last = [0, 0]] = [columns.at(0), columns.at(-1)];
      assert.ok(first[0] >= 85 && last[1] <= 235, `${words}: from ${first[0]} to ${last[1]}`);
    }
  });

  it('have their colours exactly, and leave others as they are', async () => {
    const box = { padding: 20, color: '#00c040' };
    const request = { base: 'a', steps: [text('x', { box })], outputs: [{ format: 'png', at: 0.2 }] };
    await using made = await encode(request, { a: await black() });
    const args = ['-v', 'error', '-i', '-', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'];
    const pixels = execFileSync(FFMPEG, args, { input: readFileSync(made.output()) });
    const at = (x: number, y: number) => [...pixels.subarray((y * 160 + x) * 3, (y * 160 + x) * 3 + 3)];
    for (const [index, value] of at(80, 50).entries()) {
      assert.ok(Math.abs(value - ([0, 0xc0, 0x40][index] ?? 0)) <= 3, `the box is ${at(80, 50)}`);
    }
    assert.ok(Math.max(...at(10, 10)) <= 2, `the picture is ${at(10, 10)}`);
  });

  it('keep the styles of burned ASS and its times, and a text after it makes room', async () => {
    const head = '[Script Info]\nPlayResX: 160\nPlayResY: 90\n[V4+ Styles]\n';
    const format = 'Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Outline, Alignment, MarginV\n';
    const style = 'Style: Big,DejaVu Sans,20,&H0000FFFF,&H00000000,0,2,5\n';
    const event = '[Events]\nDialogue: 0,0:00:00.10,0:00:00.30,Big,,0,0,0,,HHHH\n';
    const options = { texts: { subs: Buffer.from(head + format + style + event) } };
    const burn = { op: 'subtitles', mode: 'burn', input: 'subs' };
    const alone = await drawn([burn], options);
    const [[first = 0, last = 0] = []] = alone.rows;
    // 20 of 90 lines are 40 of 180.
    assert.ok(last - first >= 22 && last - first <= 27, `rows ${first} to ${last}`);
    const both = await drawn([burn, text('HH', { font_size: 20, margin: 10, from: 0.16 })], options);
    assert.equal(both.rows.length, 2);
    assert.deepEqual(both.rows[1], [first, last]);
    assert.deepEqual((await drawn([burn], { ...options, at: 0.36 })).rows, []);
    assert.deepEqual((await drawn([burn, { op: 'trim', from: 0.15 }], { ...options, at: 0.1 })).rows, alone.rows);
    assert.deepEqual((await drawn([burn, { op: 'trim', from: 0.15 }], { ...options, at: 0.16 })).rows, []);
  });

  it('lie where position, margin, x and y say', async () => {
    const box = async (fields: object) => {
      const { rows, columns } = await drawn([text('HH', { font_size: 20, ...fields })]);
      return [columns[0]?.[0], columns.at(-1)?.[1], rows[0]?.[0], rows.at(-1)?.[1]].map(Number) as [
        number,
        number,
        number,
        number,
      ];
    };
    const near = (value: number, expected: number, name: string) =>
      assert.ok(Math.abs(value - expected) <= 4, `${name}: ${value}, not ${expected}`);
    const [left, , top] = await box({ position: 'top-left', margin: 10 });
    near(left, 11, 'left');
    near(top, 12, 'top');
    const [, right, , bottom] = await box({ position: 'bottom-right', margin: 10 });
    near(right, 308, 'right');
    near(bottom, 165, 'bottom');
    const [x, , y] = await box({ x: 0.5, y: 60 });
    near(x, 161, 'x');
    near(y, 62, 'y');
    const [from, to] = await box({ x: 0.5, y: 60, align: 'center' });
    near((from + to) / 2, 160, 'centre');
  });

  it('make room for each other and for subtitles, with boxes, and across other layers', async () => {
    const box = { color: '#606060', padding: 6 };
    const apart = [text('', { text: 'one', box }), text('two', { box, shadow: {} }), text('three', { box })];
    const steps = [
      ...apart.slice(0, 2),
      // It has a place of its own: what follows is another layer.
      text('placed', { x: 5, y: 5, font_size: 10 }),
      ...apart.slice(2),
      { op: 'subtitles', mode: 'burn', input: 'subs', style: bare },
    ];
    const options = { texts: { subs: srt('subtitle') } };
    const parts = await Promise.all(
      [0, 1, 3, 4].map(async (kept) => {
        const hidden = steps.map((step, index) => (index === kept ? step : invisible(step)));
        return await drawn(hidden, options);
      }),
    );
    const lines = parts.map(({ rows }) => [rows[0]?.[0] ?? 0, rows.at(-1)?.[1] ?? 0] as const);
    for (const [index, [first]] of lines.entries()) {
      const above = lines[index + 1];
      if (above !== undefined)
        assert.ok(above[1] <= first, `${index + 1} ends at ${above[1]}, ${index} begins at ${first}`);
    }
  });
});

/** Returns a step that keeps its place and is not seen. */
function invisible(step: object): object {
  const none = { color: '#00000000', outline: { width: 0, color: '#00000000' } };
  if ('style' in step) return { ...step, style: { ...(step.style as object), ...none } };
  const unboxed = 'box' in step ? { box: { ...(step.box as object), color: '#00000000' } } : {};
  const unshadowed = 'shadow' in step ? { shadow: { color: '#00000000' } } : {};
  return { ...step, ...none, ...unboxed, ...unshadowed };
}
