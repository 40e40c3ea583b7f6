import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { PlannedCopy } from '#lib/jobs/plan/job-plan.ts';
import { decode } from '../../../support/audio.ts';
import { encode, measure, planned } from '../../../support/job-encoding.ts';
import {
  type FilmFolder,
  filmFolder,
  greyFrames,
  packetDigests,
  ramp,
  rampFrom,
  rampNumbers,
  sound,
  X264,
} from '../../../support/job-media.ts';
import { onsets } from '../../../support/tones.ts';

const FILM = [{ format: 'mp4' }];
const concat = (inputs: unknown[]) => [{ op: 'concat', inputs }];
const AAC = ['-c:a', 'aac', '-b:a', '128k'];
/** B-frames, and a closed group of frames each second. */
const GROUPS = [
  '-c:v',
  'libx264',
  '-preset',
  'veryfast',
  '-pix_fmt',
  'yuv420p',
  '-g',
  '30',
  '-keyint_min',
  '30',
  '-sc_threshold',
  '0',
];
const beeps = (seconds: number) => sound('if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)', seconds);

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** Three seconds of the ramp that begin each second with a beep. */
const film = (name: string, muxer: readonly string[] = ['-f', 'mp4'], rate = '30') =>
  films.make(name, [...ramp(3, { rate }), ...beeps(3), ...GROUPS, ...AAC, ...muxer]);

/** Digests of the decoded frames of a file. */
async function digests(file: string): Promise<string[]> {
  const frames = await greyFrames(file, { width: 64, height: 64 });
  return frames.map((frame) => createHash('md5').update(frame).digest('hex'));
}

const copyOf = ({ plan }: { readonly plan: { readonly outputs: readonly unknown[] } }): PlannedCopy => {
  const [output] = plan.outputs as [PlannedCopy];
  assert.equal(output.kind, 'copy');
  return output;
};

async function pictureOf(file: string) {
  const { streams } = await measure(file);
  const picture = streams.find((stream) => stream.kind === 'picture');
  assert.ok(picture?.kind === 'picture');
  return picture;
}

describe('a picture that needs no encoding', () => {
  for (const [from, muxer] of Object.entries({
    matroska: ['-f', 'matroska'],
    mpegts: ['-f', 'mpegts'],
    flv: ['-f', 'flv'],
  })) {
    it(`is moved from ${from} to mp4 with its sound, packet by packet`, async () => {
      const a = await film(`whole-${from}`, muxer);
      await using made = await encode({ outputs: FILM }, { a });
      assert.deepEqual(made.findings, []);
      const { sound: under, notCopiedBecause } = copyOf(made);
      assert.deepEqual([under?.treatment, notCopiedBecause], ['copied', null]);
      assert.deepEqual(await packetDigests(made.output()), await packetDigests(a));
      const heard = onsets(await decode(made.output()));
      assert.deepEqual(heard.length, 3);
      assert.deepEqual(await rampNumbers(made.output()), rampFrom(0, 90));
    });
  }

  it('is joined with those like it, frame by frame, under sound that is exact at the joints', async () => {
    const [a, b] = [await film('one'), await film('two')];
    await using made = await encode({ steps: concat(['a', 'b', 'a']), outputs: FILM }, { a, b });
    assert.deepEqual(made.findings, []);
    assert.equal(copyOf(made).notCopiedBecause, 'audio: sound is encoded at joints');
    assert.deepEqual(
      await rampNumbers(made.output()),
      [0, 0, 0].flatMap(() => rampFrom(0, 90)),
    );
    assert.equal((await pictureOf(made.output())).isRegular, true);
    const heard = onsets(await decode(made.output()));
    assert.equal(heard.length, 9);
    for (const [index, at] of heard.entries()) assert.ok(Math.abs(at - index) <= 0.001, `beep ${index} at ${at}`);
  });

  for (const rate of ['24000/1001', '25', '60000/1001', '12']) {
    it(`keeps ${rate} frames per second in 20 joined parts`, async () => {
      const a = await film(`rate-${rate.replace('/', '-')}`, ['-f', 'mp4'], rate);
      const { frames = 0 } = await pictureOf(a);
      await using made = await encode({ steps: concat(Array.from({ length: 20 }, () => 'a')), outputs: FILM }, { a });
      assert.deepEqual(made.findings, []);
      copyOf(made);
      const picture = await pictureOf(made.output());
      assert.deepEqual([picture.frames, picture.isRegular], [20 * (frames ?? 0), true]);
      const { exactRate } = picture;
      assert.equal(`${exactRate?.num}/${exactRate?.den}`, rate.includes('/') ? rate : `${rate}/1`);
    });
  }

  it('is cut at its key frames, and its sound at the same time', async () => {
    const a = await film('cut');
    await using made = await encode({ steps: [{ op: 'trim', from: 1, to: 2 }], outputs: FILM }, { a });
    assert.deepEqual(made.findings, []);
    assert.equal(copyOf(made).notCopiedBecause, 'audio: sound is encoded at cuts');
    assert.deepEqual(await rampNumbers(made.output()), rampFrom(30, 30));
    const [first = 1, ...others] = onsets(await decode(made.output()));
    assert.ok(first <= 0.001 && others.length === 0, `beeps at ${[first, ...others].join(', ')}`);
  });

  it('is joined from parts of Matroska, whose time stamps are rounded', async () => {
    const a = await film('rounded', ['-f', 'matroska']);
    const { cuts } = await pictureOf(a);
    const at = cuts?.[1]?.seconds ?? 0;
    const steps = concat([
      { input: 'a', from: at },
      { input: 'a', to: at },
    ]);
    await using made = await encode({ steps, outputs: FILM }, { a });
    assert.deepEqual(made.findings, []);
    copyOf(made);
    assert.deepEqual(await rampNumbers(made.output()), [...rampFrom(30, 60), ...rampFrom(0, 30)]);
    assert.equal((await pictureOf(made.output())).isRegular, true);
  });

  it('is encoded from AVI, which does not say when frames are shown', async () => {
    const a = await film('avi', ['-f', 'avi']);
    for (const steps of [[], concat(['a', 'a'])]) {
      await using made = await encode({ steps, outputs: FILM }, { a });
      assert.deepEqual(made.findings, []);
      const [output] = made.plan.outputs;
      assert.ok(output?.kind === 'film');
      assert.match(output.notCopiedBecause, /its container does not say when frames are shown$/);
    }
  });

  it('gets new sound when its last frame is cut off', async () => {
    const every = ['-c:v', 'libx264', '-g', '1', '-pix_fmt', 'yuv420p', ...AAC, '-f', 'mp4'];
    const a = await films.make('every', [...ramp(3), ...beeps(3), ...every]);
    await using made = await encode({ steps: [{ op: 'trim', to: 2.9666 }], outputs: FILM }, { a });
    assert.deepEqual(made.findings, []);
    assert.equal(copyOf(made).sound?.treatment, 'encoded');
    assert.equal(onsets(await decode(made.output())).length, 3);
  });

  it('is the same in a copy as in the frames of its source', async () => {
    const a = await film('same');
    await using made = await encode({ steps: [{ op: 'trim', from: 1 }], outputs: [{ format: 'mkv' }] }, { a });
    copyOf(made);
    assert.deepEqual(await digests(made.output()), (await digests(a)).slice(30));
  });

  it('stands beside outputs that are encoded', async () => {
    const a = await film('beside');
    const outputs = [{ format: 'png', at: 1 }, { format: 'mp4' }, { format: 'mp4', width: 32 }, { format: 'wav' }];
    await using made = await encode({ outputs }, { a });
    assert.deepEqual(made.findings, []);
    assert.deepEqual(
      made.plan.outputs.map(({ kind }) => kind),
      ['picture', 'copy', 'film', 'sound'],
    );
    assert.deepEqual(await packetDigests(made.output(1)), await packetDigests(a));
  });
});

describe('sound that needs no encoding', () => {
  for (const [format, codec, muxer] of [
    ['mp3', 'libmp3lame', 'mp3'],
    ['wav', 'pcm_s16le', 'mov'],
    ['aac', 'aac', 'matroska'],
  ] as const) {
    it(`is copied to ${format}`, async () => {
      const a = await films.make(`sound-${format}`, [...beeps(3), '-c:a', codec, '-f', muxer]);
      await using made = await encode({ outputs: [{ format }] }, { a });
      assert.deepEqual(made.findings, []);
      assert.equal(copyOf(made).sound?.treatment, 'copied');
      assert.equal(onsets(await decode(made.output())).length, 3);
    });
  }
});

/** A film of four seconds unlike the first in one thing. */
const UNLIKE: Readonly<Record<string, readonly string[]>> = {
  'frame rate': [...ramp(2, { rate: '25' }), ...beeps(2), ...GROUPS, ...AAC],
  size: [...ramp(2, { size: '96x64' }), ...beeps(2), ...GROUPS, ...AAC],
  'decoder parameters': [...ramp(2), ...beeps(2), ...X264, '-g', '30', ...AAC],
  'time base': [...ramp(2), ...beeps(2), ...GROUPS, ...AAC, '-video_track_timescale', '90000'],
};

describe('clips that are unlike', () => {
  for (const [name, args] of Object.entries(UNLIKE)) {
    it(`in ${name} are encoded to the right length`, async () => {
      const a = await films.make('first', [...ramp(2), ...beeps(2), ...GROUPS, ...AAC, '-f', 'mp4']);
      const b = await films.make(`other-${name.replace(' ', '-')}`, [...args, '-f', 'mp4']);
      await using made = await encode({ steps: concat(['a', 'b']), outputs: FILM }, { a, b });
      assert.deepEqual(made.findings, []);
      const [output] = made.plan.outputs;
      assert.ok(output?.kind === 'film');
      assert.ok(output.notCopiedBecause.includes(name) || name === 'decoder parameters', output.notCopiedBecause);
      assert.ok(Math.abs(((await pictureOf(made.output())).endSeconds ?? 0) - 4) < 0.001);
      assert.equal(onsets(await decode(made.output())).length, 4);
    });
  }

  it('in rotation are encoded upright', async () => {
    const a = await films.make('first', [...ramp(2), ...beeps(2), ...GROUPS, ...AAC, '-f', 'mp4']);
    const b = await films
      .make('turned', ['-display_rotation:v:0', '90', '-i', a, '-c', 'copy', '-f', 'mp4'])
      .catch(() => films.make('turned', ['-i', a, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', '-f', 'mp4']));
    await using made = await encode({ steps: concat(['a', 'b']), outputs: FILM }, { a, b });
    assert.equal(made.plan.outputs[0]?.kind, 'film');
    const { rotation, frames } = await pictureOf(made.output());
    assert.deepEqual([rotation, frames], [0, 120]);
  });

  it('in sample rate of the sound keep the picture and get new sound of the right length', async () => {
    const a = await films.make('first', [...ramp(2), ...beeps(2), ...GROUPS, ...AAC, '-f', 'mp4']);
    const b = await films.make('lower', ['-i', a, '-c:v', 'copy', ...AAC, '-ar', '44100', '-f', 'mp4']);
    await using made = await encode({ steps: concat(['a', 'b']), outputs: FILM }, { a, b });
    assert.deepEqual(made.findings, []);
    const { sound: under } = copyOf(made);
    assert.equal(under?.treatment, 'encoded');
    const heard = onsets(await decode(made.output()));
    assert.deepEqual(heard.map(Math.round), [0, 1, 2, 3]);
    for (const [index, at] of heard.entries()) assert.ok(Math.abs(at - index) <= 0.001, `beep ${index} at ${at}`);
  });
});

describe('a cut', () => {
  it('that is not at a key frame is encoded, and the nearest ones are named', async () => {
    const a = await film('cut');
    const plan = await planned({ steps: [{ op: 'trim', from: 1.5 }], outputs: FILM }, { a });
    const [output] = plan.outputs;
    assert.ok(output?.kind === 'film');
    assert.match(output.notCopiedBecause, /not at a key frame \(the nearest are at 1 s and 2 s\)/);
  });

  it('in a group that is open at its start is encoded', async () => {
    const open = ['-x264-params', 'open-gop=1:keyint=30:min-keyint=30:scenecut=0:bframes=3'];
    const args = [...ramp(3), '-c:v', 'libx264', '-pix_fmt', 'yuv420p', ...open, '-f', 'mpegts'];
    const ts = await films.make('open-ts', args);
    const a = await films.make('open', ['-i', ts, '-c', 'copy', '-f', 'matroska']);
    const plan = await planned({ steps: [{ op: 'trim', from: 1 }], outputs: FILM }, { a });
    assert.equal(plan.outputs[0]?.kind, 'film');
  });

  it('where a copy is demanded and not possible fails and says why', async () => {
    const a = await film('cut');
    const request = { steps: [{ op: 'trim', from: 1.5 }], outputs: [{ format: 'mp4', video_codec: 'copy' }] };
    await assert.rejects(planned(request, { a }), {
      code: 'VALIDATION_ERROR',
      message: /^the picture cannot be copied: inputs.a cannot be copied: it begins at 1.5 s/,
    });
  });
});
