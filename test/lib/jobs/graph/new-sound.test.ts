import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { channelOf, decode, secondsOf } from '../../../support/audio.ts';
import { encode, measure, planned } from '../../../support/job-encoding.ts';
import {
  type FilmFolder,
  filmFolder,
  packetDigests,
  ramp,
  rampFrom,
  rampNumbers,
  sound,
  X264,
} from '../../../support/job-media.ts';
import { onsets } from '../../../support/tones.ts';

const FILM = [{ format: 'mp4' }];
const AAC = ['-c:a', 'aac', '-b:a', '128k'];
const replace = (fields: object = {}) => ({ op: 'audio', mode: 'replace', input: 'music', ...fields });
/** A beep of 0.1 s at the start of each period. */
const beeps = (seconds: number, period: number) =>
  sound(`if(lt(mod(t,${period}),0.1),0.5*sin(2*PI*1000*t),0)`, seconds);

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** Three seconds of the ramp with a key frame each second, and a low hum. */
const film = (name = 'film', args: readonly string[] = []) => {
  const hum = sound('0.1*sin(2*PI*200*t)', 3);
  return films.make(name, [...ramp(3), ...hum, ...X264, '-g', '30', ...AAC, ...args, '-f', 'mp4']);
};
/** Two seconds that beep at 0 and at 1. */
const music = () => films.make('music', [...beeps(2, 1), '-c:a', 'flac', '-f', 'flac']);

async function heardIn(file: string): Promise<{ readonly at: number[]; readonly seconds: number }> {
  const heard = await decode(file);
  return { at: onsets(heard), seconds: secondsOf(heard) };
}

function near(found: readonly number[], expected: readonly number[], tolerance = 0.002): void {
  assert.equal(found.length, expected.length, `heard at ${found.join(', ')}`);
  for (const [index, at] of found.entries()) {
    assert.ok(Math.abs(at - (expected[index] ?? 0)) <= tolerance, `${at}, not ${expected[index]}`);
  }
}

describe('new sound', () => {
  it('is put under a picture that is copied packet by packet, and silence follows', async () => {
    const files = { a: await film(), music: await music() };
    await using made = await encode({ steps: [replace()], outputs: FILM }, files);
    assert.deepEqual(made.findings, []);
    const [output] = made.plan.outputs;
    assert.ok(output?.kind === 'copy' && output.sound?.treatment === 'encoded');
    assert.equal(output.notCopiedBecause, 'audio: a step replaces it');
    assert.deepEqual(await packetDigests(made.output()), await packetDigests(files.a));
    const { at, seconds } = await heardIn(made.output());
    near(at, [0, 1]);
    assert.ok(Math.abs(seconds - 3) < 0.03, `${seconds} s`);
  });

  for (const muxer of ['matroska', 'mpegts', 'flv']) {
    it(`is put under the copied picture of ${muxer}, and both keep their times`, async () => {
      const a = await films.make(`from-${muxer}`, ['-i', await film(), '-c', 'copy', '-f', muxer]);
      await using made = await encode({ steps: [replace({ loop: true })], outputs: FILM }, { a, music: await music() });
      assert.deepEqual(made.findings, []);
      assert.equal(made.plan.outputs[0]?.kind, 'copy');
      assert.deepEqual(await rampNumbers(made.output()), rampFrom(0, 90));
      // The picture begins late, by what the encoder of the sound had put in front, and so ends after 3 s.
      near((await heardIn(made.output())).at.slice(0, 3), [0, 1, 2]);
      const [picture] = (await measure(made.output())).streams;
      assert.ok(picture?.kind === 'picture' && picture.startSeconds <= 0.03, JSON.stringify(picture));
    });
  }

  it('begins at its offset, is a part of its input, and is cut at the end of the picture', async () => {
    const files = { a: await film(), music: await music() };
    const step = replace({ input: { input: 'music', from: 0.5, to: 2 }, offset: 1.75 });
    await using made = await encode({ steps: [step], outputs: FILM }, files);
    assert.deepEqual(made.findings, []);
    near((await heardIn(made.output())).at, [2.25]);
  });

  it('repeats without a drift, in runs that are joined', async () => {
    const files = { a: await film('twelve', []), music: await music() };
    const steps = [
      { op: 'concat', inputs: Array.from({ length: 12 }, () => 'a') },
      replace({ input: { input: 'music', to: 1.001 }, loop: true, offset: 0.25 }),
    ];
    const outputs = [
      { format: 'mp4' },
      { name: 'small', format: 'mp4', width: 32, quality: 'draft' },
      { format: 'wav' },
    ];
    await using made = await encode({ steps, outputs }, files);
    assert.deepEqual(made.findings, []);
    assert.deepEqual(
      made.plan.outputs.map(({ kind }) => kind),
      ['copy', 'film', 'sound'],
    );
    // The end of each part is the beginning of a beep, so the next one begins there.
    const expected = Array.from({ length: 36 }, (_, index) => 0.25 + index * 1.001);
    for (const index of [0, 1, 2]) {
      const { at, seconds } = await heardIn(made.output(index));
      near(at, expected);
      assert.ok(Math.abs(seconds - 36) < 0.05, `${seconds} s`);
    }
    assert.deepEqual(
      await rampNumbers(made.output(1), { width: 32, height: 32 }),
      Array.from({ length: 12 }, () => rampFrom(0, 90)).flat(),
    );
  });

  it('stays under more than 16 encoded clips as one piece', async () => {
    const tone = sound('0.5*sin(2*PI*440*t)', 4);
    const files = { a: await film(), music: await films.make('tone', [...tone, '-ar', '44100', '-f', 'flac']) };
    const part = (_: unknown, index: number) => ({ input: 'a', from: 0.05 + index * 0.1, to: 0.25 + index * 0.1 });
    const steps = [{ op: 'concat', inputs: Array.from({ length: 20 }, part) }, replace()];
    await using made = await encode(
      { steps, outputs: [{ format: 'mkv', audio_codec: 'pcm', quality: 'draft' }] },
      files,
    );
    assert.deepEqual(made.findings, []);
    assert.ok(made.stages.length > 2);
    const samples = channelOf(await decode(made.output()));
    let [deviation, where] = [0, 0];
    // The resampler needs some samples at the start.
    for (let index = 100; index < 3.9 * 48_000; index += 1) {
      // Of a sine, each sample follows from the two before it: anything else is a click.
      const [one = 0, two = 0, three = 0] = [samples[index - 1], samples[index], samples[index + 1]];
      const off = Math.abs(three - (2 * Math.cos((2 * Math.PI * 440) / 48_000) * two - one));
      if (off > deviation) [deviation, where] = [off, index];
    }
    assert.ok(deviation < 0.002, `a click of ${deviation} at ${where}`);
  });

  it('is made alone, and next to a picture of many clips', async () => {
    const files = { a: await film(), music: await music() };
    const steps = [
      { op: 'concat', inputs: Array.from({ length: 20 }, (_, index) => ({ input: 'a', from: index / 10 })) },
      replace({ input: { input: 'music', to: 1 }, loop: true }),
    ];
    await using made = await encode({ steps, outputs: [{ format: 'mp3' }, { format: 'png', at: 1 }] }, files);
    assert.deepEqual(made.findings, []);
    const { at, seconds } = await heardIn(made.output());
    near(
      at,
      Array.from({ length: Math.ceil(seconds) }, (_, index) => index),
      0.02,
    );
    assert.ok(Math.abs(seconds - 41) < 0.05, `${seconds} s`);
    assert.deepEqual(await rampNumbers(made.output(1)), rampFrom(30, 1));
    await using alone = await encode({ steps, outputs: [{ format: 'wav' }] }, files);
    assert.deepEqual(alone.findings, []);
    near((await heardIn(alone.output())).at, at, 0.03);
  });

  it('has the requested volume', async () => {
    const files = {
      a: await film(),
      music: await films.make('loud', [...sound('0.4*sin(2*PI*440*t)|0.4*sin(2*PI*440*t)', 3), '-f', 'wav']),
    };
    for (const volume of [0, 0.5, 2]) {
      await using made = await encode({ steps: [replace({ volume })], outputs: [{ format: 'wav' }] }, files);
      const samples = channelOf(await decode(made.output()));
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      assert.ok(Math.abs(peak - 0.4 * volume) < 0.01, `${peak} at ${volume}`);
    }
  });

  it('is cut with the picture by later steps', async () => {
    const files = { a: await film(), music: await music() };
    const steps = [replace({ offset: 0.5 }), { op: 'trim', from: 1, to: 2 }];
    await using made = await encode({ steps, outputs: FILM }, files);
    assert.deepEqual(made.findings, []);
    assert.equal(made.plan.outputs[0]?.kind, 'copy');
    near((await heardIn(made.output())).at, [0.5]);
  });

  it('is put under frames that are not evenly spaced, which stay as they are', async () => {
    const uneven = ['-vf', "select='not(eq(mod(n,7),3))'", '-fps_mode', 'vfr'];
    const files = { a: await film('uneven', uneven), music: await music() };
    await using made = await encode({ steps: [replace({ loop: true })], outputs: FILM }, files);
    assert.deepEqual(made.findings, []);
    assert.equal(made.plan.outputs[0]?.kind, 'copy');
    assert.deepEqual(await packetDigests(made.output()), await packetDigests(files.a));
    near((await heardIn(made.output())).at, [0, 1, 2]);
  });

  it('gives sound to a silent film, and to a still picture', async () => {
    const still = await films.make('still', [...ramp(0.1), '-frames:v', '1', '-c:v', 'png', '-f', 'image2pipe']);
    const files = { a: still, music: await music() };
    const outputs = [{ format: 'webm', quality: 'draft' }];
    await using made = await encode({ steps: [replace({ loop: true })], outputs }, files);
    assert.deepEqual(made.findings, []);
    near((await heardIn(made.output())).at, [0, 1, 2, 3, 4], 0.02);
  });

  for (const [name, codec, muxer] of [
    ['MP3 of a varying bitrate', ['-c:a', 'libmp3lame', '-q:a', '4'], 'mp3'],
    ['MP3 of a constant bitrate', ['-c:a', 'libmp3lame', '-b:a', '128k'], 'mp3'],
  ] as const) {
    it(`is exact far into ${name}`, async () => {
      const long = await films.make(`long-${name.replaceAll(' ', '-')}`, [...beeps(700, 7), ...codec, '-f', muxer]);
      const step = replace({ input: { input: 'music', from: 685 } });
      await using made = await encode({ steps: [step], outputs: FILM }, { a: await film(), music: long });
      near((await heardIn(made.output())).at, [1], 0.02);
    });
  }
});

describe('a step that replaces the sound', () => {
  it('names the input that has none', async () => {
    const silent = await films.make('silent', [...ramp(1), ...X264, '-f', 'mp4']);
    await assert.rejects(planned({ steps: [replace()], outputs: FILM }, { a: await film(), music: silent }), {
      code: 'VALIDATION_ERROR',
      message: 'inputs.music has no sound',
      details: { field: 'steps[0].input', input: 'music', step: 0, phase: 'probing' },
    });
  });
});
