import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { yuvOf } from '#lib/jobs/graph/pip-masks.ts';
import { MEDIA_FFMPEG } from '../../../support/ffmpeg.ts';
import { encode } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, greyFrames, X264 } from '../../../support/job-media.ts';

const run = promisify(execFile);
const EXACT = 'scale=out_color_matrix=bt709:flags=accurate_rnd+full_chroma_int';
const BT709 = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'];
const FILM = { format: 'mkv', quality: 'high' };

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

type Frame = (x: number, y: number) => readonly number[];

/** Returns the luma and chroma of the pixels of each frame. */
async function framesOf(file: string, { width, height }: { width: number; height: number }): Promise<Frame[]> {
  const args = ['-v', 'error', '-i', `file:${file}`, '-map', '0:v:0', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'];
  const { stdout } = await run(MEDIA_FFMPEG, args, { encoding: 'buffer', maxBuffer: 64 << 20 });
  const size = (width * height * 3) / 2;
  return Array.from({ length: stdout.length / size }, (_, index) => (x, y) => {
    const at = index * size;
    const chroma = at + width * height + (y >> 1) * (width >> 1) + (x >> 1);
    return [stdout[at + y * width + x] ?? 0, stdout[chroma] ?? 0, stdout[chroma + (width * height) / 4] ?? 0];
  });
}

function assertColor(actual: readonly number[], expected: readonly number[], what: string): void {
  const isNear = actual.every((value, index) => Math.abs(value - (expected[index] ?? 0)) <= 2);
  assert.ok(isNear, `${what} is ${actual}, not ${expected}`);
}

const UNDER = '#804020';
const OVER = '#30c0e0';

/** A second of one colour. */
const plain = (name: string, color: string, size = '160x96') =>
  films.make(name, [
    ...['-f', 'lavfi', '-i', `color=c=0x${color.slice(1)}:s=${size}:r=25:d=1,format=gbrp,${EXACT},format=yuv420p`],
    ...[...X264, '-qp', '2', ...BT709, '-f', 'mp4'],
  ]);

/** A colour that is solid at the left, half transparent in the middle and gone at the right: hidden under it is white. */
const CHANNELS = ['r', 'g', 'b'].map((name, index) => `${name}='if(lt(X,20),${[48, 192, 224][index]},255)'`).join(':');
const ALPHA = "a='if(lt(X,12),255,if(lt(X,20),128,0))'";
const GLASS = ['-f', 'lavfi', '-i', `color=s=32x32:r=25:d=0.4,format=rgba,geq=${CHANNELS}:${ALPHA}`];
const PALETTE = ['-vf', 'split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse'];
const GLASSES: Readonly<Record<string, readonly string[]>> = {
  png: ['-frames:v', '1', '-c:v', 'png', '-f', 'image2'],
  webp: ['-frames:v', '1', '-c:v', 'libwebp', '-lossless', '1', '-f', 'webp'],
  gif: [...PALETTE, '-f', 'gif'],
  vp9: [
    '-vf',
    `${EXACT},format=yuva420p`,
    ...BT709,
    '-c:v',
    'libvpx-vp9',
    '-lossless',
    '1',
    '-auto-alt-ref',
    '0',
    '-f',
    'webm',
  ],
};

describe('pictures in the picture', () => {
  it('show what is under them where they are transparent, in the colours that they have', async () => {
    const names = Object.keys(GLASSES);
    const glasses = names.map(async (name) => [name, await films.make(name, [...GLASS, ...(GLASSES[name] ?? [])])]);
    const files = { a: await plain('under', UNDER), ...(Object.fromEntries(await Promise.all(glasses)) as object) };
    const steps = [
      { op: 'concat', inputs: ['a', { input: 'vp9', to: 0.4 }] },
      ...names.map((input, index) => ({ op: 'pip', input, x: 2 + 40 * index, y: 8, width: 32, to: 1 })),
      ...names.map((input, index) => ({ op: 'pip', input, x: 2 + 40 * index, y: 56, width: 32, opacity: 0.5, to: 1 })),
    ];
    await using made = await encode({ base: 'a', steps, outputs: [FILM] }, files);
    assert.deepEqual(made.findings, []);
    const frames = await framesOf(made.output(), { width: 160, height: 96 });
    assert.equal(frames.length, 35);
    const [first, last] = [frames[5], frames[20]];
    assert.ok(first && last);
    const [under, over] = [yuvOf(UNDER), yuvOf(OVER)];
    for (const [index, name] of names.entries()) {
      const [left, right] = [6 + 40 * index, 28 + 40 * index];
      assertColor(first(left, 24), over, name);
      assertColor(first(right, 24), under, `what is under ${name}`);
      // GIF has no half transparency.
      const middle = first(18 + 40 * index, 24);
      const half = over.map((value, part) => (value + (under[part] ?? 0)) / 2);
      if (name !== 'gif') assertColor(middle, half, `the half of ${name}`);
      assertColor(first(left, 72), half, `half of ${name}`);
      assertColor(first(right, 72), under, `what is under half of ${name}`);
      // Still pictures stay, the others end.
      assertColor(last(left, 24), ['png', 'webp'].includes(name) ? over : under, `${name} at the end`);
    }
    const clip = frames[30];
    assert.ok(clip);
    assertColor(clip(60, 48), over, 'the clip');
    assertColor(clip(100, 48), [16, 128, 128], 'what is under the clip');
  });

  it('have round corners and a border in its colour', async () => {
    const files = { a: await plain('under', UNDER), b: await plain('over', OVER, '64x48') };
    const border = { width: 6, color: '#ff0080', radius: 20 };
    const steps = [{ op: 'pip', input: 'b', x: 40, y: 20, width: 80, border }];
    await using made = await encode({ base: 'a', steps, outputs: [FILM] }, files);
    assert.deepEqual(made.findings, []);
    const [frame] = await framesOf(made.output(), { width: 160, height: 96 });
    assert.ok(frame);
    // 80 wide, and 12 + 68 x 3/4 high.
    for (const [x, y] of [
      [36, 40],
      [41, 21],
      [118, 21],
      [41, 80],
      [118, 80],
      [80, 84],
    ] as const) {
      assertColor(frame(x, y), yuvOf(UNDER), `${x}, ${y} outside`);
    }
    for (const [x, y] of [
      [42, 50],
      [80, 22],
      [117, 50],
      [80, 80],
      [47, 28],
    ] as const) {
      assertColor(frame(x, y), yuvOf(border.color), `${x}, ${y} in the border`);
    }
    for (const [x, y] of [
      [48, 50],
      [80, 28],
      [108, 70],
      [54, 34],
    ] as const) {
      assertColor(frame(x, y), yuvOf(OVER), `${x}, ${y} inside`);
    }
  });

  const TEST = ['-f', 'lavfi', '-i', 'testsrc2=s=96x64:r=25:d=1'];
  for (const [kind, options, size] of [
    [
      'HDR',
      [
        ...TEST,
        '-pix_fmt',
        'yuv420p10le',
        '-c:v',
        'libx264',
        '-color_trc',
        'smpte2084',
        '-colorspace',
        'bt2020nc',
        '-f',
        'mp4',
      ],
      '96x64',
    ],
    ['in full range and 4:2:2', [...TEST, '-pix_fmt', 'yuvj422p', '-c:v', 'mjpeg', '-f', 'matroska'], '96x64'],
    [
      'interlaced',
      [...TEST, '-vf', 'tinterlace=interleave_top,fps=25', ...X264, '-flags', '+ilme+ildct', '-f', 'mpegts'],
      '96x64',
    ],
    ['of wide pixels', [...TEST, '-vf', 'setsar=2', ...X264, '-f', 'mp4'], '192x64'],
    ['turned', [...TEST, ...X264, '-f', 'mp4'], '64x96'],
  ] as const) {
    it(`look as a clip does when they are ${kind}`, async () => {
      const flat = await films.make(kind.replaceAll(/\W/g, '-'), options);
      const turn = ['-i', flat, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', '-f', 'mp4'];
      const b = kind === 'turned' ? await films.make('rotated', turn) : flat;
      const a = await plain(`under-${size}`, UNDER, size);
      const outputs = [{ format: 'png', at: 0.6 }];
      const over = { op: 'pip', input: 'b', x: 0, y: 0, width: 1 };
      await using clip = await encode({ base: 'b', outputs }, { b });
      await using shown = await encode({ base: 'a', steps: [over], outputs }, { a, b });
      const [width = 0, height = 0] = size.split('x').map(Number);
      const [[one] = [], [other] = []] = await Promise.all(
        [clip, shown].map((made) => greyFrames(made.output(), { width, height })),
      );
      assert.ok(one && other && one.equals(other));
    });
  }

  it('and clips have no combs when they are interlaced, and a frame for each of theirs', async () => {
    const bar = "geq=lum='if(between(mod(X-4*N,96),0,15),220,30)':cb=128:cr=128";
    const source = `color=c=black:s=96x64:r=50:d=0.8,format=yuv420p,${bar},tinterlace=interleave_top`;
    const a = await films.make('combed', [
      '-f',
      'lavfi',
      '-i',
      source,
      '-c:v',
      'mpeg2video',
      '-q:v',
      '2',
      '-flags',
      '+ilme+ildct',
      '-f',
      'mpegts',
    ]);
    await using made = await encode({ outputs: [FILM] }, { a });
    assert.deepEqual(made.findings, []);
    const size = { width: 96, height: 64 };
    const [combed, smooth] = [await greyFrames(a, size), await greyFrames(made.output(), size)];
    assert.equal(smooth.length, combed.length);
    assert.ok(combs(combed) > 10 && combs(smooth) < 1, `${combs(combed)} before, ${combs(smooth)} after`);
  });
});

/** Returns how much rows differ from those around them, on average. */
function combs(frames: readonly Buffer[]): number {
  let [sum, count] = [0, 0];
  for (const pixels of frames) {
    for (let at = 96; at < pixels.length - 96; at += 1) {
      sum += Math.abs((pixels[at] ?? 0) - ((pixels[at - 96] ?? 0) + (pixels[at + 96] ?? 0)) / 2);
      count += 1;
    }
  }
  return sum / count;
}
