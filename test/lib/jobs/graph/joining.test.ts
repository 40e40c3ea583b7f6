import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decode, levelDb, secondsOf } from '../../../support/audio.ts';
import { encode, measure } from '../../../support/job-encoding.ts';
import {
  type FilmFolder,
  filmFolder,
  greyFrames,
  RAMP,
  ramp,
  rampNumbers,
  sound,
  X264,
} from '../../../support/job-media.ts';
import { frequencyIn, onsets } from '../../../support/tones.ts';

const AAC = ['-c:a', 'aac', '-b:a', '128k'];
const concat = (inputs: unknown[]) => [{ op: 'concat', inputs }];
const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** A second of picture whose sound is 20 ms short and begins with a beep. */
const beeping = () => {
  const beep = sound('if(lt(t,0.1),0.5*sin(2*PI*1000*t),0)', 0.98);
  return films.make('beeping', [...ramp(1), ...beep, ...X264, ...AAC, '-f', 'mp4']);
};

/** Two seconds of a tone with a picture of this size. */
const toned = (name: string, frequency: number) =>
  films.make(name, [...ramp(3), ...sound(`0.3*sin(2*PI*${frequency}*t)`, 3), ...X264, ...AAC, '-f', 'mp4']);

/** dB of a tone with an amplitude of 0.3. */
const TONE_DB = 20 * Math.log10(0.3 / Math.SQRT2);

describe('joined films', () => {
  it('have a sound of one channel in both channels, as loud as it is', async () => {
    const one = await films.make('one', [...sound('0.3*sin(2*PI*440*t)', 2), '-c:a', 'flac', '-f', 'flac']);
    const mix = { op: 'audio', mode: 'mix', input: 'b', from: 1 };
    await using made = await encode({ steps: [mix], base: 'a', outputs: [{ format: 'wav' }] }, { a: one, b: one });
    const heard = await decode(made.output());
    assert.equal(heard.channels, 2);
    const level = (from: number, to: number): number => {
      const samples = heard.samples.slice(from * 48_000 * heard.channels, to * 48_000 * heard.channels);
      return levelDb({ ...heard, samples });
    };
    assert.ok(Math.abs(level(0.2, 0.8) - TONE_DB) < 0.1, `${level(0.2, 0.8)} dB`);
    assert.ok(Math.abs(level(1.2, 1.8) - TONE_DB - 6.02) < 0.1, `${level(1.2, 1.8)} dB`);
  });

  it('do not drift when the sound of each clip is shorter than its picture', async () => {
    await using made = await encode(
      { steps: concat(times(30, 'a')), outputs: [{ format: 'mp4', quality: 'draft' }] },
      {
        a: await beeping(),
      },
    );
    assert.deepEqual(made.findings, []);
    const { streams } = await measure(made.output(), 'mov');
    assert.equal(streams.find((stream) => stream.kind === 'picture')?.frames, 900);
    const heard = onsets(await decode(made.output()));
    assert.equal(heard.length, 30);
    for (const [index, time] of heard.entries()) assert.ok(Math.abs(time - index) <= 0.02, `beep ${index} at ${time}`);
  });

  it('have every frame of 40 clips once and in order, in runs that are joined', async () => {
    await using made = await encode(
      { steps: concat(times(40, 'a')), outputs: [{ format: 'mp4', quality: 'high' }] },
      {
        a: await beeping(),
      },
    );
    assert.deepEqual(made.findings, []);
    assert.deepEqual(
      made.stages.map(({ name }) => name),
      ['run 1 of 3', 'run 2 of 3', 'run 3 of 3', 'join'],
    );
    const numbers = await rampNumbers(made.output());
    assert.equal(numbers.length, 1_200);
    assert.deepEqual(
      numbers.flatMap((number, index) => (number === (index % 30) % RAMP ? [] : [[index, number]])),
      [],
    );
    assert.ok(Math.abs(secondsOf(await decode(made.output())) - 40) < 0.022);
  });

  it('have silence where a clip has no sound', async () => {
    const silent = await films.make('silent', [...ramp(3), ...X264, '-f', 'mp4']);
    await using made = await encode(
      { steps: concat(['a', 'b', 'c']), outputs: [{ format: 'mp4' }] },
      {
        a: await toned('tone440', 440),
        b: silent,
        c: await toned('tone880', 880),
      },
    );
    assert.deepEqual(made.findings, []);
    const heard = await decode(made.output());
    const samples = heard.samples.subarray(Math.round(3.1 * 48_000) * 2, Math.round(5.9 * 48_000) * 2);
    assert.ok(levelDb({ ...heard, samples }) < -80);
    const [, second = 0] = onsets(heard);
    assert.ok(Math.abs(second - 6) <= 0.02, `the second tone begins at ${second}`);
    assert.ok(Math.abs(frequencyIn(heard, 1, 2) - 440) < 2);
    assert.ok(Math.abs(frequencyIn(heard, 7, 8) - 880) < 2);
  });

  it('keep a square a square, whatever shape, size and rate the clips have', async () => {
    const box = (size: string, rate: number, square: string, more: string[] = []) => [
      ...['-f', 'lavfi', '-i', `color=c=black:s=${size}:r=${rate}:d=1,drawbox=${square}:color=white:t=fill`],
      ...[...X264, ...more, '-f', 'mp4'],
    ];
    const a = await films.make('box-a', box('320x240', 30, 'x=110:y=70:w=100:h=100'));
    const b = await films.make('box-b', box('240x240', 25, 'x=82:y=70:w=75:h=100', ['-vf', 'setsar=4/3']));
    const c = await films.make('box-c', box('640x480', 24, 'x=220:y=140:w=200:h=200'));
    const d = await films.make('box-d', box('180x240', 15, 'x=40:y=70:w=100:h=100'));
    await using made = await encode(
      { steps: concat(['a', 'b', 'c', 'd']), outputs: [{ format: 'mp4' }] },
      { a, b, c, d },
    );
    assert.deepEqual(made.findings, []);
    const size = { width: 320, height: 240 };
    const frames = await greyFrames(made.output(), size);
    assert.equal(frames.length, 120);
    for (const second of [0, 1, 2, 3]) {
      const [width, height] = extent(frames[second * 30 + 15] ?? Buffer.alloc(0), size);
      assert.ok(Math.abs(width - 100) <= 2 && Math.abs(height - 100) <= 2, `${width}x${height} in clip ${second}`);
    }
  });

  it('may be sound alone, of unlike rates and channels', async () => {
    const tone = (name: string, options: string[]) =>
      films.make(name, [...sound('0.3*sin(2*PI*440*t)', 2), ...options]);
    const files = {
      a: await tone('mono', ['-ac', '1', '-ar', '44100', '-c:a', 'pcm_s16le', '-f', 'wav']),
      b: await tone('mp3', ['-ar', '32000', '-c:a', 'libmp3lame', '-f', 'mp3']),
      c: await tone('flac', ['-ac', '6', '-c:a', 'flac', '-f', 'flac']),
    };
    const parts = times(
      6,
      ['a', 'b', 'c'].map((input) => ({ input, from: 0.5, to: 1.0625 })),
    ).flat();
    const outputs = [{ format: 'wav' }, { format: 'mp3' }, { format: 'aac' }];
    await using made = await encode({ steps: concat(parts), outputs }, files);
    assert.deepEqual([made.findings, made.stages.length], [[], 3]);
    const heard = await decode(made.output(0));
    assert.equal(heard.samples.length / 2, 18 * 27_000);
    for (const clip of times(18, 0).keys()) {
      const frequency = frequencyIn(heard, clip * 0.5625 + 0.05, clip * 0.5625 + 0.5);
      assert.ok(Math.abs(frequency - 440) < 5, `${frequency} Hz in clip ${clip}`);
    }
  });

  it('have the same frames and samples in runs as in one graph', async () => {
    const files = { a: await toned('tone440', 440), b: await beeping() };
    const part = (from: number) => [{ input: 'a', from, to: from + 0.33 }, 'b', { input: 'b', from: 0.5, to: 0.54 }];
    const outputs = [
      { format: 'mkv', audio_codec: 'pcm', quality: 'high', fps: 29.97 },
      { format: 'mp4', quality: 'high', fps: 25, width: 32, height: 32 },
      { format: 'wav' },
      { format: 'png', at: 6.5, width: 64 },
    ];
    const clips = [0, 0.5, 1, 1.5, 2, 2.6].flatMap(part);
    await using runs = await encode({ steps: concat(clips), outputs }, files);
    await using whole = await encode({ steps: concat(clips), outputs }, files, { runs: false });
    assert.deepEqual([runs.findings, whole.findings], [[], []]);
    assert.deepEqual([runs.stages.length, whole.stages.length], [3, 1]);
    for (const [index, size] of [
      [0, 64],
      [1, 32],
    ] as const) {
      const [joined, once] = await Promise.all(
        [runs, whole].map((made) => rampNumbers(made.output(index), { width: size, height: size })),
      );
      assert.deepEqual(joined, once);
    }
    const [joined, once] = await Promise.all([runs, whole].map((made) => decode(made.output(2))));
    assert.ok(joined && once && Buffer.from(joined.samples.buffer).equals(Buffer.from(once.samples.buffer)));
    assert.deepEqual(await rampNumbers(runs.output(3)), await rampNumbers(whole.output(3)));
  });
});

/** Width and height of what is bright. */
function extent(pixels: Buffer, { width }: { width: number }): [number, number] {
  const bright = [...pixels.entries()].filter(([, level]) => level > 127).map(([index]) => index);
  const columns = bright.map((index) => index % width);
  const rows = bright.map((index) => Math.floor(index / width));
  return [Math.max(...columns) - Math.min(...columns) + 1, Math.max(...rows) - Math.min(...rows) + 1];
}
