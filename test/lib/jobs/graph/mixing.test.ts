import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Encoded, encode } from '../../../support/job-encoding.ts';
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
import { amplitudeOf, decibels, lagOf, largestJump, signalOf } from '../../../support/sound-levels.ts';

const WAV = [{ format: 'wav' }];
const mix = (input: unknown, fields: object = {}) => ({ op: 'audio', mode: 'mix', input, ...fields });
const replace = (input: unknown, fields: object = {}) => ({ op: 'audio', mode: 'replace', input, ...fields });
const tone = (frequency: number, amplitude: number) => `${amplitude}*sin(2*PI*${frequency}*t)`;

let films: FilmFolder;
before(async () => {
  films = await filmFolder();
});
after(() => films[Symbol.asyncDispose]());

/** A sound file. An expression is that of both channels. */
const wav = (name: string, expression: string, seconds: number) =>
  films.make(name, [...sound(`${expression}|${expression}`, seconds), '-c:a', 'pcm_s16le', '-f', 'wav']);

/** A film of the ramp with a sound that is not compressed. */
const film = (name: string, expression: string, seconds: number, args: readonly string[] = []) => {
  const pcm = ['-c:a', 'pcm_s16le', '-g', '30', ...args, '-f', 'matroska'];
  return films.make(name, [...ramp(seconds), ...sound(`${expression}|${expression}`, seconds), ...X264, ...pcm]);
};

const digest = (signal: Float32Array) => createHash('sha256').update(Buffer.from(signal.buffer)).digest('hex');

function near(value: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(value - expected) <= tolerance, `${what}: ${value}, not ${expected}`);
}

/** Encodes, and returns the first channel of the only output. */
async function heard(request: object, files: Readonly<Record<string, string>>): Promise<Float32Array> {
  await using made = await encode({ outputs: WAV, ...request }, files);
  assert.deepEqual(made.findings, []);
  return await signalOf(made.output());
}

describe('a bed that is ducked under a voice', () => {
  /** When the voice speaks, and at which level, dBFS. */
  const SPEECH = [
    [1, 2.5, -12],
    [4.5, 6, -24],
    [8, 9.5, -36],
  ] as const;
  let made: Encoded;
  let signals: Float32Array[];
  before(async () => {
    const spoken = SPEECH.map(([from, to, db]) => `between(t,${from},${to})*${tone(440, 10 ** (db / 20))}`).join('+');
    const files = { a: await film('voice', spoken, 12), bed: await wav('bed', tone(1_000, 0.1), 5) };
    const pcm = { format: 'mkv', audio_codec: 'pcm' };
    const outputs = [pcm, { ...pcm, name: 'encoded', quality: 'draft' }];
    made = await encode({ steps: [mix('bed', { loop: true, duck: true })], outputs }, files);
    signals = await Promise.all([0, 1].map((index) => signalOf(made.output(index))));
  });
  after(() => made[Symbol.asyncDispose]());

  it('has the length of the picture, which is copied, or encoded with the same sound', async () => {
    assert.deepEqual(made.findings, []);
    assert.deepEqual(
      made.plan.outputs.map(({ kind }) => kind),
      ['copy', 'film'],
    );
    for (const index of [0, 1]) assert.deepEqual(await rampNumbers(made.output(index)), rampFrom(0, 360));
    assert.deepEqual(
      signals.map(({ length }) => length),
      [576_000, 576_000],
    );
    assert.equal(...(signals.map(digest) as [string, string]));
  });

  it('is 12 dB quieter while the voice speaks at any level, and back a second later', () => {
    const [signal = new Float32Array()] = signals;
    const bedAt = (time: number) => decibels(amplitudeOf(signal, 1_000, time) / 0.1);
    for (const [from, to, db] of SPEECH) {
      near(bedAt(from - 0.1), 0, 1, `before ${db} dB`);
      for (let time = from + 0.1; time < to - 0.05; time += 0.1) near(bedAt(time), -12, 2, `during ${db} dB`);
      for (let time = to + 1; time < to + 1.8; time += 0.1) near(bedAt(time), 0, 1, `after ${db} dB`);
      near(decibels(amplitudeOf(signal, 440, from + 0.2, to - 0.2)), db, 0.5, 'the voice');
    }
  });

  it('has no click at its joints, at 5 and at 10 s', () => {
    const [signal = new Float32Array()] = signals;
    for (const at of [5, 10]) {
      // Far from the voice, or between its steady waves.
      const jump = largestJump(signal, 1_000, at - 0.05, at + 0.05);
      assert.ok(jump.jump < 0.02, `${jump.jump} at ${jump.at}`);
    }
    near(decibels(amplitudeOf(signal, 1_000, 11.98) / 0.1), 0, 1, 'at the end');
  });
});

describe('ducking', () => {
  for (const db of [3, 30]) {
    it(`lowers by ${db} dB under words with pauses, and not under noise`, async () => {
      // Noise of −50 dB, and from 1 s to 3 s words with pauses of 0.2 s.
      const words = `0.003*(random(0)*2-1)+between(t,1,3)*lt(mod(t,0.5),0.3)*${tone(200, 0.2)}`;
      const files = { a: await wav('words', words, 4.5), bed: await wav('music', tone(1_000, 0.5), 5) };
      const signal = await heard({ base: 'a', steps: [mix('bed', { duck: db })] }, files);
      const bedAt = (time: number) => decibels(amplitudeOf(signal, 1_000, time, time + 0.05) / 0.5);
      near(bedAt(0.9), 0, 0.5, 'before');
      for (let time = 1.1; time < 2.8; time += 0.1) near(bedAt(time), -db, 2, `at ${time}`);
      near(bedAt(3.8), 0, 1, 'after');
    });
  }
});

describe('sounds that are added', () => {
  it('are the sum of both, to the sample', async () => {
    const files = { a: await wav('low', tone(300, 0.4), 2), b: await wav('high', tone(700, 0.3), 2) };
    const signal = await heard({ base: 'a', steps: [mix('b')] }, files);
    const [low, high] = await Promise.all([signalOf(files.a), signalOf(files.b)]);
    let most = 0;
    for (const [index, sample] of signal.entries()) {
      most = Math.max(most, Math.abs(sample - (low[index] ?? 0) - (high[index] ?? 0)));
    }
    assert.equal(signal.length, low.length);
    assert.ok(most < 2 / 32_768, `${most}`);
  });

  it('are lowered, not clipped, above full scale', async () => {
    const files = { a: await wav('loud', tone(300, 0.9), 2), b: await wav('loud-too', tone(300, 0.9), 2) };
    const signal = await heard({ base: 'a', steps: [mix('b')] }, files);
    const [wave, third] = [300, 900].map((frequency) => decibels(amplitudeOf(signal, frequency, 0.5, 1.5)));
    assert.ok(wave !== undefined && third !== undefined);
    near(wave, 0, 0.5, 'the tone');
    // Cutting off the tops of the waves gives −15 dB.
    assert.ok(third < -30, `a distortion of ${third} dB`);
  });

  it('leave the voice as loud after their end as during it', async () => {
    const files = { a: await wav('speaker', tone(440, 0.3), 3), b: await wav('jingle', tone(1_000, 0.2), 1) };
    const signal = await heard(
      { base: 'a', steps: [mix('b', { offset: 0.5 }), mix('b', { offset: 1, to: 1.4 })] },
      files,
    );
    for (let time = 0; time < 2.9; time += 0.1) {
      near(decibels(amplitudeOf(signal, 440, time, time + 0.05) / 0.3), 0, 0.5, `at ${time}`);
    }
    assert.deepEqual(
      [0.2, 0.7, 1.2, 1.45, 1.7].map((time) => Math.round(amplitudeOf(signal, 1_000, time) * 10)),
      [0, 2, 4, 2, 0],
    );
  });

  it('are heard when they are meant, at every place and in every format', async () => {
    const files = {
      a: await film('quiet', '0', 4),
      noise: await wav('noise', '0.5*(random(0)*2-1)', 1),
      voices: await films.make('noise.mp3', ['-i', await wav('noise', '', 1), '-b:a', '192k', '-f', 'mp3']),
    };
    const steps = [
      mix('noise', { offset: 0.25, to: 0.75 }),
      mix({ input: 'noise', from: 0.3 }, { offset: 1 }),
      mix('voices', { offset: 2, from: 2.2, to: 2.6 }),
      mix('noise', { from: 3.5 }),
    ];
    const outputs = [...WAV, { name: 'film', format: 'mp4' }, { name: 'small', format: 'mp3' }];
    await using made = await encode({ steps, outputs }, files);
    assert.deepEqual(made.findings, []);
    const source = await signalOf(files.noise);
    for (const index of [0, 1, 2]) {
      const signal = await signalOf(made.output(index));
      for (const [at, otherAt] of [
        [0.25, 0],
        [0.5, 0.25],
        [1, 0.3],
        [1.5, 0.8],
        [2.3, 0.3],
        [3.5, 0],
        [3.8, 0.3],
      ] as const) {
        near(lagOf(signal, source, { at, otherAt }), 0, 0.02, `output ${index} at ${at}`);
      }
      assert.ok(Math.max(...[0.1, 0.85, 2.1, 2.8].map((at) => amplitudeOf(signal, 1_000, at))) < 0.03);
    }
  });

  it('do not click where they are cut, begin, fade, repeat and end', async () => {
    const files = { a: await wav('nothing', '0', 6), b: await wav('steady', tone(440, 0.5), 3) };
    const steps = [
      // A part that ends in the middle of a wave.
      mix({ input: 'b', from: 0.1003, to: 0.5511 }, { loop: true, from: 0.2, to: 2.3337 }),
      mix('b', { from: 3, to: 5.0007, fade_in: 0.5, fade_out: 1 }),
      mix('b', { offset: 4, from: 5.2003 }),
    ];
    const signal = await heard({ base: 'a', steps }, files);
    const { jump, at } = largestJump(signal, 440, 0, 5.99);
    assert.ok(jump < 0.002, `a click of ${jump} at ${at}`);
    for (const [time, amplitude] of [
      [3.25, 0.25],
      [3.75, 0.5],
      [4.5, 0.25],
      [5.1, 0],
    ] as const) {
      near(amplitudeOf(signal, 440, time - 0.01), amplitude, 0.02, `at ${time}`);
    }
  });

  it('replace a range, and what was before gets another volume', async () => {
    const files = { a: await wav('talk', tone(440, 0.4), 4), b: await wav('beep', tone(1_000, 0.2), 1) };
    const steps = [
      replace('b', { from: 1, to: 2 }),
      mix('b', { from: 2.5, to: 3.2, original_volume: 0.5, volume: 2 }),
      { op: 'trim', from: 0.5 },
      mix('b', { offset: 3, original_volume: 1.5, from: 2.9 }),
    ];
    const signal = await heard({ base: 'a', steps }, files);
    const levels = (frequency: number) =>
      [0.3, 1, 1.7, 2.3, 2.8, 3.2].map(
        (time) => Math.round(amplitudeOf(signal, frequency, time, time + 0.05) * 100) / 100,
      );
    assert.deepEqual(levels(440), [0.4, 0, 0.4, 0.2, 0.4, 0.6]);
    assert.deepEqual(levels(1_000), [0, 0.2, 0, 0.4, 0, 0.2]);
  });

  it('are heard over the whole of more than 16 clips, and in a package', async () => {
    const files = { a: await film('talking', tone(440, 0.1), 3), b: await wav('long', '0.3*(random(0)*2-1)', 4) };
    const part = (_: unknown, index: number) => ({ input: 'a', from: 0.05 + index * 0.1, to: 0.25 + index * 0.1 });
    const steps = [
      { op: 'concat', inputs: Array.from({ length: 20 }, part) },
      mix('b', { offset: 0.1, duck: 6, fade_in: 0.2 }),
    ];
    const outputs = [
      { format: 'mkv', audio_codec: 'pcm', quality: 'draft' },
      { name: 'web', format: 'hls', ladder: ['240p'], quality: 'draft' },
    ];
    await using made = await encode({ steps, outputs }, files);
    await using whole = await encode({ steps, outputs }, files, { runs: false });
    assert.deepEqual([made.findings, whole.findings], [[], []]);
    assert.deepEqual([made.stages.length, whole.stages.length], [3, 1]);
    const [signal, same, packaged] = await Promise.all([made.output(), whole.output(), made.output(2)].map(signalOf));
    assert.ok(signal !== undefined && same !== undefined && packaged !== undefined);
    assert.equal(digest(signal), digest(same));
    const source = await signalOf(files.b);
    // In fragments, ffmpeg plays the frame that the encoder puts in front.
    const delay = 1_024 / 48_000;
    for (const at of [0.5, 2.3, 3.7]) {
      near(lagOf(packaged, source, { at, otherAt: at - 0.1 }), delay, 0.001, `${at}`);
    }
  });

  it('are cut with a copied picture, and make a silent film heard', async () => {
    const noise = '0.3*(random(0)*2-1)';
    const beeps = `lt(mod(t,0.5),0.1)*${tone(1_000, 0.2)}`;
    const files = { a: await film('cut', noise, 3), b: await wav('beeps', beeps, 3) };
    const steps = [mix('b', { offset: 0.5 }), { op: 'trim', from: 1, to: 2 }];
    await using made = await encode({ steps, outputs: [{ format: 'mkv', audio_codec: 'pcm' }] }, files);
    assert.deepEqual([made.findings, made.plan.outputs[0]?.kind], [[], 'copy']);
    const [signal, source] = await Promise.all([made.output(), files.a].map(signalOf));
    assert.ok(signal !== undefined && source !== undefined);
    near(lagOf(signal, source, { at: 0.2, otherAt: 1.2 }), 0, 0.001, 'its own sound');
    for (const at of [0, 0.5]) assert.ok(amplitudeOf(signal, 1_000, at, at + 0.1) > 0.15, `${at}`);
    const silent = await films.make('silent', [...ramp(1), ...X264, '-f', 'mp4']);
    await using given = await encode({ steps: [mix('b')], outputs: [{ format: 'mp4' }] }, { ...files, a: silent });
    assert.deepEqual([given.findings, given.plan.outputs[0]?.kind], [[], 'copy']);
    near(amplitudeOf(await signalOf(given.output()), 1_000, 0.5, 0.6), 0.2, 0.01, 'the beep');
  });

  for (const muxer of ['matroska', 'mpegts', 'flv', 'mp4']) {
    it(`keep the film’s own sound in time under the copied picture of ${muxer}`, async () => {
      const noise = '0.3*(random(0)*2-1)';
      const original = await film('spoken', noise, 3, ['-vf', "select='not(eq(mod(n,7),3))'", '-fps_mode', 'vfr']);
      const args = ['-i', original, '-c:v', 'copy', '-c:a', 'aac', '-b:a', '192k', '-f', muxer];
      const files = { a: await films.make(`spoken-${muxer}`, args), b: await wav('short', tone(1_000, 0.1), 1) };
      await using made = await encode({ steps: [mix('b', { offset: 1 })], outputs: [{ format: 'mp4' }] }, files);
      assert.deepEqual(made.findings, []);
      assert.equal(made.plan.outputs[0]?.kind, 'copy');
      assert.deepEqual(await packetDigests(made.output()), await packetDigests(files.a));
      const [signal, source] = await Promise.all([made.output(), original].map(signalOf));
      assert.ok(signal !== undefined && source !== undefined);
      for (const at of [0.2, 2.6]) near(lagOf(signal, source, { at, otherAt: at }), 0, 0.02, `${at}`);
      near(amplitudeOf(signal, 1_000, 1.2, 1.8), 0.1, 0.01, 'the added sound');
    });
  }
});
