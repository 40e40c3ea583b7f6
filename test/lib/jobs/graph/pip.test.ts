import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decode } from '../../../support/audio.ts';
import { encode } from '../../../support/job-encoding.ts';
import {
  type FilmFolder,
  filmFolder,
  greyFrames,
  longFilm,
  RAMP,
  ramp,
  rampFrom,
  sound,
  X264,
} from '../../../support/job-media.ts';
import { onsets } from '../../../support/tones.ts';

const SIZE = { width: 128, height: 64 };
const FILM = { format: 'mp4', quality: 'high' };

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** Four seconds of the ramp, which lies under the picture. */
const under = () => films.make('under', [...ramp(4, { size: '128x64' }), ...X264, '-f', 'mp4']);
/** The ramp in the picture: 40 x 40 pixels at the right edge. */
const pip = (fields: object = {}) => ({ op: 'pip', input: 'b', x: 80, y: 12, width: 40, ...fields });

/** Returns the number that the ramp has in a square of each frame. */
async function numbersAt(file: string, x: number): Promise<number[]> {
  const frames = await greyFrames(file, SIZE);
  return frames.map((pixels) => {
    const square = Array.from({ length: 256 }, (_, index) => pixels[(24 + (index >> 4)) * 128 + x + (index & 15)] ?? 0);
    return Math.round(((square.reduce((sum, level) => sum + level, 0) / 256) * 219) / 255 / 5);
  });
}
const OVER = 92;
const BASE = 20;

describe('a picture in the picture', () => {
  it('shows each of its frames at the planned frame, the first and the last too', async () => {
    const [a, b] = [await under(), await longFilm(films, 'long', ['-f', 'mp4'])];
    const shown = pip({ input: { input: 'b', from: 2.5 }, from: 1, to: 2 });
    const outputs = [FILM, { format: 'png', at: 1 }, { format: 'png', at: 1.97 }, { format: 'png', at: 2 }];
    await using made = await encode({ steps: [shown], outputs }, { a, b });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(await numbersAt(made.output(), BASE), rampFrom(0, 120));
    const over = await numbersAt(made.output(), OVER);
    assert.deepEqual(over, [...rampFrom(0, 30), ...rampFrom(75, 30), ...rampFrom(60, 60)]);
    for (const [index, expected] of [75, 104, 60].entries()) {
      assert.deepEqual(await numbersAt(made.output(index + 1), OVER), rampFrom(expected, 1));
    }
    await using alone = await encode({ steps: [shown], outputs: outputs.slice(1) }, { a, b });
    assert.equal(alone.stages.length, 3);
    for (const [index, expected] of [75, 104, 60].entries()) {
      assert.deepEqual(await numbersAt(alone.output(index), OVER), rampFrom(expected, 1));
    }
  });

  it('has the same frames in runs as in one graph, also far from the start, held and repeated', async () => {
    const a = await under();
    const b = await longFilm(films, 'long-matroska', ['-f', 'matroska']);
    const c = await longFilm(films, 'long-mpegts', ['-f', 'mpegts']);
    const inputs = Array.from({ length: 18 }, (_, index) => ({ input: 'a', from: index / 10, to: index / 10 + 0.4 }));
    const steps = [
      { op: 'concat', inputs },
      pip({ input: { input: 'b', from: 1.01, to: 7.2 }, from: 0.13, at_end: 'hold' }),
      pip({ x: 40, input: { input: 'c', from: 1, to: 1.4 }, at_end: 'loop' }),
      { op: 'trim', from: 0.5 },
    ];
    const outputs = [FILM, { format: 'png', at: 5.5 }];
    await using runs = await encode({ steps, outputs }, { a, b, c });
    await using whole = await encode({ steps, outputs }, { a, b, c }, { runs: false });
    assert.deepEqual([runs.findings, whole.findings, whole.stages.length], [[], [], 1]);
    const [, second] = runs.stages;
    assert.ok(second?.name === 'run 2 of 2' && second.args.includes('-itsoffset'));
    const [held, repeated] = [await numbersAt(whole.output(), OVER), await numbersAt(whole.output(), 52)];
    for (const [x, once] of [
      [OVER, held],
      [52, repeated],
    ] as const) {
      assert.deepEqual(await numbersAt(runs.output(), x), once);
      assert.deepEqual(await numbersAt(runs.output(1), x), once.slice(165, 166));
    }
    // The sound of Matroska and TS begins a frame of AAC before the picture, which then is the start of the file.
    const [first = 0, other = 0] = [held[0], repeated[9]];
    assert.ok([41, 40].includes(first) && [30, 29].includes(other), `${first} and ${other} are the first`);
    assert.deepEqual(
      held,
      held.map((_, index) => (first + Math.min(index, 174)) % RAMP),
    );
    assert.deepEqual(
      repeated,
      repeated.map((_, index) => (other + ((index + 15) % 12)) % RAMP),
    );
  });

  it('is heard with its picture, also when it begins again', async () => {
    const beep = sound('if(lt(t,0.05),0.5*sin(2000*PI*t),0)', 0.6);
    const b = await films.make('beeping', [...ramp(0.6), ...beep, ...X264, '-c:a', 'aac', '-f', 'mp4']);
    const steps = [pip({ from: 1, to: 2.9, volume: 1, at_end: 'loop' })];
    await using made = await encode({ base: 'a', steps, outputs: [FILM] }, { a: await under(), b });
    assert.deepEqual(made.findings, []);
    const over = await numbersAt(made.output(), OVER);
    const heard = onsets(await decode(made.output()));
    assert.equal(heard.length, 4);
    for (const [index, time] of heard.entries()) {
      const expected = 1 + index * 0.6;
      assert.ok(Math.abs(time - expected) <= 0.02, `beep ${index} at ${time}`);
      assert.equal(over[Math.round(expected * 30)], 0);
    }
  });
});
