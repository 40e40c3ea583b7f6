import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aligned, delayOf } from '../../bench/quality/alignment.ts';
import { bitrateLoss } from '../../bench/quality/bitrate-loss.ts';
import { cheapest } from '../../bench/quality/comparison.ts';
import { CRITICAL_SOUNDS } from '../../bench/quality/critical-sounds.ts';
import { createJudge, type Quality } from '../../bench/quality/judgement.ts';
import { listenTo } from '../../bench/quality/noise-to-mask.ts';
import type { Sound } from '../support/audio.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';

/** Adds white noise of this RMS level, dB below full scale, to a sound. The noise is always the same. */
function withNoise(sound: Sound, level: number): Sound {
  let state = 1;
  const amplitude = Math.sqrt(3) * 10 ** (level / 20) * 32_768;
  const samples = sound.samples.map((sample) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return sample + Math.round(amplitude * (state / 2 ** 31 - 1));
  });
  return { ...sound, samples };
}

/** Tones of these frequencies, stereo, 48 kHz, with a common peak of half of full scale. */
function tones(...frequencies: number[]): Sound {
  const samples = Int16Array.from({ length: 2 * 48_000 }, (_, index) => {
    const time = Math.floor(index / 2) / 48_000;
    const sum = frequencies.reduce((total, hertz) => total + Math.sin(2 * Math.PI * hertz * time), 0);
    return Math.round((16_000 / frequencies.length) * sum);
  });
  return { rate: 48_000, channels: 2, samples };
}

function late(sound: Sound, frames: number): Sound {
  return { ...sound, samples: Int16Array.from([...new Int16Array(2 * frames), ...sound.samples]) };
}

function criticalSound(name: string): Sound {
  const make = CRITICAL_SOUNDS[name];
  assert.ok(make);
  return make();
}

/** The first second and a half. */
function start(sound: Sound): Sound {
  return { ...sound, samples: sound.samples.slice(0, 1.5 * sound.rate * sound.channels) };
}

function isRising(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value > (values[index - 1] ?? Number.NaN));
}

test('the noise-to-mask ratio rises with the level of the noise, dB for dB', () => {
  for (const name of ['castanets', 'female voice']) {
    const sound = criticalSound(name);
    const listen = listenTo(sound);
    const ratios = [-70, -60, -50, -40].map((level) => listen(withNoise(sound, level)));
    assert.ok(isRising(ratios.map(({ mean }) => mean)), `${name}: ${JSON.stringify(ratios)}`);
    assert.ok(isRising(ratios.map(({ p95 }) => p95)), `${name}: ${JSON.stringify(ratios)}`);
    const [quiet, , , loud] = ratios.map(({ mean }) => mean);
    assert.ok(Math.abs((loud ?? 0) - (quiet ?? 0) - 30) < 3, `${name}: 30 dB more noise gave ${quiet} → ${loud}`);
  }
});

test('noise in the band of a sound counts less than noise of the same level far from it', () => {
  const sound = tones(1_000);
  const listen = listenTo(sound);
  const added = (hertz: number) => {
    const other = tones(hertz).samples;
    return listen({ ...sound, samples: sound.samples.map((sample, index) => sample + (other[index] ?? 0) / 100) });
  };
  const [near, above, below] = [added(1_070), added(5_000), added(300)].map(({ mean }) => mean);
  assert.ok((above ?? 0) > (near ?? 0) + 15, `1070 Hz ${near}, 5 kHz ${above}`);
  assert.ok((below ?? 0) > (near ?? 0) + 15, `1070 Hz ${near}, 300 Hz ${below}`);
  assert.ok((near ?? 0) < 0, 'a tone 40 dB below its neighbour is inaudible');
  assert.ok((above ?? 0) > 0, 'a tone far above is audible');
});

test('an unchanged sound has no noise, and silence is not judged', () => {
  const sound = tones(440, 2_500);
  assert.ok(listenTo(sound)(sound).p95 < -100);
  const behindSilence = late(sound, 48_000);
  const level = (of: Sound) => listenTo(of)(withNoise(of, -60)).mean;
  assert.ok(Math.abs(level(behindSilence) - level(sound)) < 1);
});

test('a delay in either direction is detected to the sample and removed', () => {
  const original = criticalSound('castanets');
  assert.equal(delayOf({ original, coded: withNoise(original, -50) }), 0);
  for (const frames of [1, 312, 1_024, 6_000]) {
    const coded = withNoise(late(original, frames), -50);
    assert.equal(delayOf({ original, coded }), frames);
    assert.equal(delayOf({ original: coded, coded: original }), -frames);
    assert.deepEqual(aligned({ original, coded: late(original, frames) }, frames).samples, original.samples);
  }
});

test('every measure ranks 32, 48, 64, 96 and 128 kbit/s in order', async () => {
  const names = ['castanets', 'harpsichord', 'male voice'];
  const judge = createJudge(names.map((name) => ({ name, sound: start(criticalSound(name)) })));
  const judged: Quality[] = [];
  for (const bitrate of ['128k', '96k', '64k', '48k', '32k']) {
    const args = ['-c:a', 'libopus', '-b:a', bitrate, '-vbr', 'constrained', '-f', 'ogg'];
    judged.push(await judge({ ffmpeg: MEDIA_FFMPEG, args }));
  }
  for (const measure of ['nmr', 'nmrP95', 'lsd'] as const) {
    assert.ok(isRising(judged.map((quality) => quality[measure])), `${measure}: ${judged.map((q) => q[measure])}`);
  }
});

test('a loss of quality is expressed in bitrate, and the cheapest variant within the bounds is chosen', () => {
  const at = (bitrate: number, decibels = 0) => {
    const level = -6 * Math.log2(bitrate / 96_000) + decibels;
    return { bitrate, nmr: level, nmrP95: 2 * level, lsd: level / 3, bySound: new Map() };
  };
  const ladder = [at(90_000), at(96_000), at(102_000)];
  const loss = (judged: ReturnType<typeof at>) => bitrateLoss(judged, at(96_000), ladder);
  for (const share of Object.values(loss(at(80_000))))
    assert.ok(Math.abs(share) < 1e-9, 'fewer bits alone are no loss');
  for (const share of Object.values(loss(at(96_000, 6))))
    assert.ok(Math.abs(share - 1) < 1e-9, '6 dB here are twice the bits');

  const compared = [at(96_000), at(96_000, 0.1), at(96_000, 1)].map((judgement, index) => ({
    variant: { name: String(index), options: [] },
    cpuSeconds: 3 - index,
    judgement,
    loss: loss(judgement),
    worst: { name: 'castanets', change: 2 * index },
  }));
  const chosen = (of: typeof compared, most: number, change: number) =>
    cheapest(of, { loss: most, change })?.variant.name;
  assert.equal(chosen(compared, 0.02, 9), '1');
  assert.equal(chosen(compared, 0.2, 9), '2');
  assert.equal(chosen(compared, 0.2, 3), '1', 'one sound became much worse');
  assert.equal(chosen(compared.slice(2), 0.02, 9), undefined);
});
