import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encode } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, greyFrames, X264 } from '../../../support/job-media.ts';

const SIZE = { width: 160, height: 90 };

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** A black film of a second, 10 frames of which 25 make a second. */
const black = () => {
  const source = ['-f', 'lavfi', '-i', `color=c=black:s=160x90:r=25:d=0.4`];
  return films.make('black', [...source, ...X264, '-f', 'mp4']);
};

const isInked = (frame: Buffer) => frame.some((value) => value > 128);

describe('texts on the picture', () => {
  it('are shown in the frames of their time, the same in runs as in one graph', async () => {
    const request = {
      steps: [
        { op: 'concat', inputs: Array.from({ length: 17 }, () => 'a') },
        { op: 'text', text: 'Joint', from: 6, to: 6.6 },
        { op: 'text', text: 'End', from: 6.4, position: 'top' },
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
    const frames = await greyFrames(whole.output(), SIZE);
    assert.equal(frames.length, 170);
    assert.deepEqual(
      frames.flatMap((frame, index) => (isInked(frame) ? [index] : [])),
      Array.from({ length: 20 }, (_, index) => 150 + index),
    );
    assert.ok(isInked(frames[164]?.subarray(160 * 45) ?? Buffer.alloc(0)));
    assert.ok(!isInked(frames[165]?.subarray(160 * 45) ?? Buffer.alloc(0)));
  });
});
