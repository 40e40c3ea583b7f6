import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AppError } from '#lib/errors.ts';
import { encode, planned } from '../../../support/job-encoding.ts';
import {
  type FilmFolder,
  filmFolder,
  greyFrames,
  longFilm,
  RAMP,
  rampFrom,
  rampNumbers,
} from '../../../support/job-media.ts';

const FILM = [{ format: 'mp4', quality: 'high' }];

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

describe('the cuts of a job', () => {
  it('are cut at the frame, with B-frames', async () => {
    const a = await longFilm(films, 'long', ['-movflags', '+faststart', '-f', 'mp4']);
    await using made = await encode({ steps: [{ op: 'trim', from: 2, to: 6 }], outputs: FILM }, { a });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(await rampNumbers(made.output()), rampFrom(60, 120));
  });

  for (const [muxer, options] of Object.entries({
    mov: ['-f', 'mov'],
    matroska: ['-f', 'matroska'],
    mpegts: ['-f', 'mpegts'],
  })) {
    it(`are cut at the frame far from the start, in ${muxer}`, async () => {
      const a = await longFilm(films, `long-${muxer}`, options);
      const part = { input: 'a', from: 5.21, to: 6.21 };
      await using made = await encode({ steps: [{ op: 'concat', inputs: [part] }], outputs: FILM }, { a });
      assert.deepEqual(made.findings, []);
      // The sound of TS and Matroska begins a frame of AAC before the picture, which then is the start of the file.
      const [first = 0] = await rampNumbers(made.output());
      const expected = muxer === 'mov' ? 156 : 155;
      assert.ok(
        [156, expected].some((number) => number % RAMP === first),
        `it begins with ${first}`,
      );
      assert.deepEqual(await rampNumbers(made.output()), rampFrom(first, 30));
    });
  }

  it('make a picture of any frame, up to the last', async () => {
    const a = await longFilm(films, 'long', ['-movflags', '+faststart', '-f', 'mp4']);
    const outputs = [7.98, 0, 4.01].map((at) => ({ format: 'png', at }));
    await using made = await encode({ outputs }, { a });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(await rampNumbers(made.output(0)), rampFrom(239, 1));
    assert.deepEqual(await rampNumbers(made.output(1)), rampFrom(0, 1));
    assert.deepEqual(await rampNumbers(made.output(2)), rampFrom(120, 1));
    await assert.rejects(planned({ outputs: [{ format: 'jpg', at: 8 }] }, { a }), (error: AppError) => {
      assert.equal(error.message, 'at is 8, not before the end of the timeline at 8 s');
      const { field, phase } = error.details;
      assert.deepEqual(
        [error.code, field, phase, error.recoverable],
        ['VALIDATION_ERROR', 'outputs[0].at', 'probing', false],
      );
      return true;
    });
  });

  it('may be pictures, which are shown for a while', async () => {
    const still = ['-f', 'lavfi', '-i', 'color=c=white:s=30x64', '-frames:v', '1', '-f', 'image2', '-c:v', 'png'];
    const [a, b] = [await films.make('still', still), await longFilm(films, 'long', ['-f', 'mp4'])];
    const inputs = ['a', { input: 'b', to: 1 }];
    const blurred = { format: 'jpg', width: 128, height: 64, background: 'blur' };
    const outputs = [...FILM, blurred, { format: 'png', width: 64, height: 64, fit: 'cover' }];
    await using made = await encode(
      { base: 'b', steps: [{ op: 'concat', inputs }], outputs },
      { a, b },
      { seconds: { a: 2 } },
    );
    assert.deepEqual(made.findings, []);
    const frames = await greyFrames(made.output(), { width: 64, height: 64 });
    assert.equal(frames.length, 90);
    const row = (frames[59] ?? Buffer.alloc(0)).subarray(32 * 64, 33 * 64);
    assert.ok((row[2] ?? 255) < 20 && (row[32] ?? 0) > 235, `${row[2]} beside, ${row[32]} in the middle`);
    const [blur = Buffer.alloc(0)] = await greyFrames(made.output(1), { width: 128, height: 64 });
    assert.ok((blur[32 * 128 + 5] ?? 0) > 200);
  });

  it('may be pictures, of which a late frame is a picture again', async () => {
    const still = ['-f', 'lavfi', '-i', 'color=c=white:s=30x64', '-frames:v', '1', '-f', 'image2', '-c:v', 'png'];
    await using made = await encode({ outputs: [{ format: 'png', at: 4.5 }] }, { a: await films.make('still', still) });
    assert.deepEqual(made.findings, []);
    const [pixels = Buffer.alloc(0)] = await greyFrames(made.output(), { width: 30, height: 64 });
    assert.ok((pixels[900] ?? 0) > 240);
  });

  it('show black behind what is transparent in a picture', async () => {
    const source = "color=c=white:s=64x64,format=rgba,geq=r=255:g=255:b=255:a='if(lt(X,32),255,0)'";
    const a = await films.make('glass', ['-f', 'lavfi', '-i', source, '-frames:v', '1', '-f', 'image2', '-c:v', 'png']);
    await using made = await encode({ outputs: [{ format: 'png' }] }, { a });
    const [pixels = Buffer.alloc(0)] = await greyFrames(made.output(), { width: 64, height: 64 });
    assert.ok((pixels[8] ?? 0) > 240 && (pixels[56] ?? 255) < 16, `${pixels[8]} and ${pixels[56]}`);
  });

  it('give several outputs from one decode', async () => {
    const a = await longFilm(films, 'long', ['-f', 'mp4']);
    const outputs = [
      { format: 'webm', width: 32, quality: 'draft', fps: 25 },
      { format: 'mov', audio_codec: 'pcm', quality: 'draft', video_bitrate: undefined },
      { format: 'mp3', audio_bitrate: '96k' },
      { format: 'aac' },
    ];
    await using made = await encode({ steps: [{ op: 'trim', to: 1.5 }], outputs }, { a });
    assert.deepEqual([made.findings, made.stages.length], [[], 1]);
    assert.deepEqual(
      made.plan.outputs.map((output) => output.kind === 'film' && output.frames),
      [38, 45, false, false],
    );
  });
});
