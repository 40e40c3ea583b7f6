import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { MEDIA_FFMPEG } from '../../../support/ffmpeg.ts';
import { encode, measure, planned } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, RAMP, ramp, rampNumbers, sound, X264 } from '../../../support/job-media.ts';

const run = promisify(execFile);
const GIF = { format: 'gif' };

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

const second = () =>
  films.make('second', [
    ...ramp(1, { rate: '25' }),
    ...sound('0.1*sin(880*PI*t)', 1),
    ...X264,
    '-crf',
    '4',
    '-f',
    'mp4',
  ]);
const concat = (count: number) => [{ op: 'concat', inputs: Array.from({ length: count }, () => 'a') }];

/** The delays of the frames of a GIF, hundredths of a second. */
async function delaysOf(file: string): Promise<number[]> {
  const bytes = await readFile(file);
  const delays: number[] = [];
  for (let at = bytes.indexOf('21f904', 0, 'hex'); at >= 0; at = bytes.indexOf('21f904', at + 3, 'hex')) {
    delays.push(bytes.readUInt16LE(at + 4));
  }
  return delays;
}

describe('an animation', () => {
  it('is refused when the timeline is shorter than one of its frames', async () => {
    const request = { base: 'a', steps: [{ op: 'trim', to: 0.04 }], outputs: [{ ...GIF, fps: 5 }] };
    await assert.rejects(planned(request, { a: await second() }), /the timeline is shorter than a frame/);
  });

  it('has the frames of the timeline at its own rate, and begins again', async () => {
    await using made = await encode({ steps: concat(2), outputs: [GIF, { format: 'mp4' }] }, { a: await second() });
    assert.deepEqual(made.findings, []);
    const file = made.output();
    assert.deepEqual(
      await delaysOf(file),
      Array.from({ length: 25 }, () => 8),
    );
    assert.ok((await readFile(file)).includes('NETSCAPE2.0'));
    const shown = Array.from({ length: 25 }, (_, index) => ((2 * index) % 25) % RAMP);
    const numbers = await rampNumbers(file);
    // Of two frames that are as near, either may be taken.
    assert.ok(
      shown.every((number, index) => Math.abs(number - (numbers[index] ?? -9)) <= 1),
      String(numbers),
    );
  });

  it('keeps the colours of the picture', async () => {
    const colours = await films.make('colours', [
      ...['-f', 'lavfi', '-i', 'color=c=0xd02040:s=64x64:r=25:d=1,drawbox=w=32:h=64:c=0x20a0e0:t=fill'],
      ...['-vf', 'scale=out_color_matrix=bt709', '-colorspace', 'bt709', ...X264, '-crf', '4', '-f', 'mp4'],
    ]);
    await using made = await encode({ base: 'a', outputs: [{ ...GIF, width: 32, fps: 10 }] }, { a: colours });
    assert.deepEqual(made.findings, []);
    const args = ['-v', 'error', '-i', made.output(), '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
    const { stdout } = await run(MEDIA_FFMPEG, args, { encoding: 'buffer' });
    assert.equal(stdout.length, 32 * 32 * 3);
    const pixel = (x: number, y: number): number[] => [...stdout.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3)];
    for (const [found, wanted] of [
      [pixel(4, 16), [0x20, 0xa0, 0xe0]],
      [pixel(28, 16), [0xd0, 0x20, 0x40]],
    ] as const) {
      assert.ok(
        wanted.every((value, index) => Math.abs(value - (found[index] ?? 0)) <= 6),
        `${found}, not ${wanted}`,
      );
    }
  });

  it('is made of runs where there are many clips, also without a film', async () => {
    const parts = Array.from({ length: 18 }, () => ({ input: 'a', from: 0, to: 0.4 }));
    const request = { steps: [{ op: 'concat', inputs: parts }], outputs: [{ ...GIF, fps: 5 }] };
    await using made = await encode(request, { a: await second() });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(
      made.stages.map(({ name }) => name),
      ['run 1 of 2', 'run 2 of 2', 'colours 1', 'animation 1'],
    );
    const { streams } = await measure(made.output(), 'gif');
    assert.equal(streams[0]?.kind === 'picture' && streams[0].frames, 36);
    assert.deepEqual(new Set(await delaysOf(made.output())), new Set([20]));
  });
});
