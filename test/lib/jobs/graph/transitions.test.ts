import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { TRANSITIONS } from '#lib/jobs/spec/vocabulary.ts';
import { channelOf, decode, secondsOf } from '../../../support/audio.ts';
import { FFMPEG } from '../../../support/ffmpeg.ts';
import { encode } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, greyFrames, RAMP, ramp, sound, X264 } from '../../../support/job-media.ts';
import { frequencyIn } from '../../../support/tones.ts';

const run = promisify(execFile);
const AAC = ['-c:a', 'aac', '-b:a', '128k'];
const HIGH = [{ format: 'mp4', quality: 'high' }];
const SIZE = { width: 64, height: 64 };

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** Three seconds of the ramp with a tone. */
const toned = (frequency: number) =>
  films.make(`tone${frequency}`, [
    ...[...ramp(3), ...sound(`0.3*sin(2*PI*${frequency}*t)`, 3)],
    ...[...X264, '-crf', '4', '-g', '300', ...AAC, '-f', 'mp4'],
  ]);

/** The luma of a frame of the ramp. */
const luma = (frame: number): number => 16 + 5 * (frame % RAMP);

/** Less than a step of the ramp. */
const LOSS = 3;

/** Returns the luma of each frame of clips that are faded into each other. */
function expected({ clips, length, fade }: { clips: number; length: number; fade: number }): number[] {
  const frames: number[] = [];
  for (let clip = 0; clip < clips; clip += 1) {
    for (let frame = clip === 0 ? 0 : fade; frame < length; frame += 1) {
      const within = frame - (length - fade);
      const share = clip < clips - 1 && within >= 0 ? within / fade : 0;
      frames.push(luma(frame) * (1 - share) + luma(within) * share);
    }
  }
  return frames;
}

/** Returns the mean luma of each frame of a file. */
async function lumas(file: string): Promise<number[]> {
  const frames = await greyFrames(file, SIZE);
  return frames.map((pixels) => 16 + (pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length / 255) * 219);
}

function assertClose(found: readonly number[], wanted: readonly number[]): void {
  assert.equal(found.length, wanted.length);
  const far = wanted.flatMap((value, index) =>
    Math.abs(value - (found[index] ?? 0)) > LOSS ? [[index, value, found[index]]] : [],
  );
  assert.deepEqual(far, []);
}

const joined = (inputs: unknown[], seconds: number) => [
  { op: 'concat', inputs, transition: { type: 'fade', seconds } },
];

describe('three clips of three seconds with fades of one second', () => {
  it('have seven seconds: each frame is that of its clip, or between both', async () => {
    await using made = await encode(
      { steps: joined(['a', 'b', 'a'], 1), outputs: [...HIGH, { format: 'png', at: 2.5 }, { format: 'wav' }] },
      { a: await toned(440), b: await toned(880) },
    );
    assert.deepEqual(made.findings, []);
    const [film] = made.plan.outputs;
    assert.ok(film?.kind === 'film');
    assert.deepEqual([film.frames, film.sound?.samples], [210, 336_000]);
    const wanted = expected({ clips: 3, length: 90, fade: 30 });
    assertClose(await lumas(made.output()), wanted);
    const [still = 0] = await lumas(made.output(1));
    assert.ok(Math.abs(still - (wanted[75] ?? 0)) < LOSS, `${still}, not ${wanted[75]}`);
    const heard = await decode(made.output(2));
    assert.equal(channelOf(heard).length, 336_000);
    assert.ok(Math.abs(secondsOf(await decode(made.output())) - 7) < 0.022);
    const rms = (from: number, to: number): number => {
      const part = channelOf(heard).subarray(from * 48_000, to * 48_000);
      return Math.hypot(...part) / Math.sqrt(part.length);
    };
    // Half of each, and none of the first at the end of the transition.
    assert.ok(Math.abs(rms(2.49, 2.51) / rms(1.49, 1.51) - Math.SQRT1_2) < 0.03);
    assert.ok(Math.abs(frequencyIn(heard, 0.5, 1.9) - 440) < 2);
    assert.ok(Math.abs(frequencyIn(heard, 3.01, 3.99) - 880) < 3);
    assert.ok(Math.abs(frequencyIn(heard, 5.01, 6.9) - 440) < 2);
  });
});

describe('a transition', () => {
  it('shows the same frames in runs as in one graph, also where a run begins with one', async () => {
    const parts = Array.from({ length: 18 }, () => ({ input: 'a', from: 0, to: 0.5 }));
    const request = { steps: joined(parts, 0.2), outputs: HIGH };
    await using made = await encode(request, { a: await toned(440) });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(
      made.stages.map(({ name }) => name),
      ['run 1 of 2', 'run 2 of 2', 'join'],
    );
    assertClose(await lumas(made.output()), expected({ clips: 18, length: 15, fade: 6 }));
  });

  it('is shown in part when the timeline is cut within it', async () => {
    const steps = [...joined(['a', 'a'], 1), { op: 'trim', from: 2.5, to: 2.8 }];
    await using made = await encode({ steps, outputs: HIGH }, { a: await toned(440) });
    assert.deepEqual(made.findings, []);
    assertClose(await lumas(made.output()), expected({ clips: 2, length: 90, fade: 30 }).slice(75, 84));
  });

  it('is of a type that this ffmpeg knows', async () => {
    const { stdout } = await run(FFMPEG, ['-hide_banner', '-h', 'filter=xfade']);
    const known = new Set(stdout.split('\n').map((line) => line.trim().split(/\s+/)[0]));
    assert.deepEqual(
      TRANSITIONS.filter((type) => type !== 'cut' && !known.has(type)),
      [],
    );
  });

  it('changes stills in runs as in one graph', async () => {
    const still = (level: string) =>
      films.make(`still${level}`, [
        ...['-f', 'lavfi', '-i', `color=c=0x${level.repeat(3)}:s=64x64`],
        ...['-frames:v', '1', '-c:v', 'png', '-f', 'image2'],
      ]);
    const names = Array.from({ length: 18 }, (_, index) => (index % 2 === 0 ? 'a' : 'b'));
    const parts = names.map((input) => ({ input, from: 0, to: 1 }));
    const files = { a: await still('20'), b: await still('e0') };
    await using made = await encode({ steps: joined(parts, 0.4), outputs: HIGH }, files, { seconds: { a: 2, b: 2 } });
    assert.deepEqual(made.findings, []);
    assert.equal(made.stages.length, 3);
    const [dark, light] = [16 + (0x20 / 255) * 219, 16 + (0xe0 / 255) * 219];
    const levels = names.map((name) => (name === 'a' ? dark : light));
    const wanted = levels.flatMap((level, clip) =>
      Array.from({ length: clip === 0 ? 25 : 15 }, (_, index) => {
        const within = (clip === 0 ? index : index + 10) - 15;
        const share = clip < 17 && within >= 0 ? within / 10 : 0;
        return level * (1 - share) + (levels[clip + 1] ?? level) * share;
      }),
    );
    assertClose(await lumas(made.output()), wanted);
  });

  it('between two parts of one input is the same in a poster', async () => {
    const halves = [
      { input: 'a', from: 0, to: 1.5 },
      { input: 'a', from: 1.5, to: 3 },
    ];
    const steps = joined(halves, 0.5);
    const files = { a: await toned(440) };
    await using film = await encode({ steps, outputs: HIGH }, files);
    await using poster = await encode({ steps, outputs: [{ format: 'png', at: 1.3 }] }, files);
    const [frame = 0] = await lumas(poster.output());
    const shown = (await lumas(film.output()))[39] ?? 0;
    assert.ok(Math.abs(frame - shown) < LOSS, `${frame}, not ${shown}`);
  });

  it('changes one still picture to another', async () => {
    const card = (level: string) =>
      films.make(`card${level}`, [
        ...['-f', 'lavfi', '-i', `color=c=0x${level.repeat(3)}:s=64x64`],
        ...['-frames:v', '1', '-c:v', 'png', '-f', 'image2'],
      ]);
    const files = { a: await card('20'), b: await card('e0') };
    const options = { seconds: { a: 2, b: 2 } };
    const stills = [0.5, 1.5, 2.9].map((at) => ({ format: 'png', at }));
    await using made = await encode({ steps: joined(['a', 'b'], 1), outputs: [...HIGH, ...stills] }, files, options);
    await using alone = await encode({ steps: joined(['a', 'b'], 1), outputs: [stills[1]] }, files, options);
    assert.deepEqual([...made.findings, ...alone.findings], []);
    const found = await lumas(made.output());
    assert.equal(found.length, 75);
    const [dark, light] = [16 + (0x20 / 255) * 219, 16 + (0xe0 / 255) * 219];
    const wanted = found.map((_, index) => dark + (light - dark) * Math.min(1, Math.max(0, (index - 25) / 25)));
    assertClose(found, wanted);
    const shown = await Promise.all([1, 2, 3].map(async (index) => (await lumas(made.output(index)))[0] ?? 0));
    assertClose(
      [...shown, ...(await lumas(alone.output()))],
      [12, 37, 72, 37].map((frame) => wanted[frame] ?? 0),
    );
  });
});
