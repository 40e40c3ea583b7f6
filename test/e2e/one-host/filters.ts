import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { levelDb, pcmSound, type Sound, secondsOf } from '../../support/audio.ts';
import { type Fields, transcode } from '../../support/client.ts';
import { serve } from '../../support/http-source.ts';
import { createMediaFolder, noise, tone } from '../../support/media.ts';
import { dominantFrequency, gainDb, type Spectrum, spectrumOf } from '../../support/spectrum.ts';
import { host, sourceOf } from './service.ts';

export function filters(): void {
  const SECONDS = 3;
  const BANDS = [31, 62, 125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000];
  const urls = { noise: '', tone: '' };
  let unfiltered: Spectrum;

  before(async () => {
    await using media = await createMediaFolder();
    urls.noise = sourceOf(serve(await media.make('noise.flac', noise('pink', SECONDS))));
    urls.tone = sourceOf(serve(await media.make('tone.flac', tone(440, SECONDS))));
    unfiltered = spectrumOf(await heard('noise', {}));
  });

  async function heard(file: keyof typeof urls, filters: Fields, fields: Fields = {}): Promise<Sound> {
    const answer = await transcode(host, { source_url: urls[file], output_format: 'pcm', filters, ...fields });
    assert.ok(answer.status === 200 && answer.complete, answer.body.toString('latin1', 0, 500));
    return pcmSound(answer.body, answer.headers['content-type'] ?? '');
  }

  /** The gain of these filters at a frequency, measured on noise, dB. */
  async function measured(filters: Fields): Promise<(frequency: number) => number> {
    const spectrum = spectrumOf(await heard('noise', filters));
    return (frequency) => gainDb(spectrum, unfiltered, frequency);
  }

  function assertWithin(value: number, low: number, high: number): void {
    assert.ok(value >= low && value <= high, `${value.toFixed(2)} is not between ${low} and ${high}`);
  }

  describe('Equaliser presets, measured on noise', { concurrency: 2 }, () => {
    it('bass_boost raises 100 Hz by 6 dB and does not change 1 kHz', async (t) => {
      const gain = await measured({ eq_preset: 'bass_boost' });
      t.diagnostic(`100 Hz ${gain(100).toFixed(2)} dB, 1 kHz ${gain(1_000).toFixed(2)} dB`);
      assertWithin(gain(100), 5, 7);
      assertWithin(gain(1_000), -1, 1);
    });

    it('treble raises 8 kHz by 4 dB and does not change 1 kHz', async (t) => {
      const gain = await measured({ eq_preset: 'treble' });
      t.diagnostic(`8 kHz ${gain(8_000).toFixed(2)} dB, 1 kHz ${gain(1_000).toFixed(2)} dB`);
      assertWithin(gain(8_000), 3, 5);
      assertWithin(gain(1_000), -1, 1);
    });

    it('voice removes 60 Hz and 8 kHz and does not change the band between', async (t) => {
      const gain = await measured({ eq_preset: 'voice' });
      t.diagnostic(
        `60 Hz ${gain(60).toFixed(2)} dB, 8 kHz ${gain(8_000).toFixed(2)} dB, 700 Hz ${gain(700).toFixed(2)} dB`,
      );
      assertWithin(gain(60), -60, -10);
      assertWithin(gain(8_000), -60, -10);
      assertWithin(gain(700), -1, 1);
      assertWithin(gain(300), -3, 1);
      assertWithin(gain(2_000), -3, 1);
    });

    it('flat changes nothing', async () => {
      assert.deepEqual((await heard('tone', { eq_preset: 'flat' })).samples, (await heard('tone', {})).samples);
    });
  });

  describe('The ten-band equaliser, measured on noise', { concurrency: 2 }, () => {
    for (const [band, frequency] of BANDS.entries()) {
      // Five octaves apart, two bands do not affect each other.
      const opposite = (band + BANDS.length / 2) % BANDS.length;
      const lowered = BANDS[opposite] ?? 0;
      it(`raises ${frequency} Hz and lowers ${lowered} Hz by 6 dB, and changes nothing two octaves away`, async (t) => {
        const asked = BANDS.map((_, index) => (index === band ? 6 : index === opposite ? -6 : 0));
        const gain = await measured({ equalizer: asked });
        for (const [hertz, decibels] of [
          [frequency, 6],
          [lowered, -6],
        ] as const) {
          t.diagnostic(`${hertz} Hz ${gain(hertz).toFixed(2)} dB`);
          assertWithin(gain(hertz), decibels - 0.5, decibels + 0.5);
          for (const far of [hertz / 4, hertz * 4]) if (far > 25 && far < 20_000) assertWithin(gain(far), -1, 1);
        }
      });
    }

    it('ignores bands above half the sample rate', async () => {
      const { rate, samples } = await heard('tone', { equalizer: BANDS.map(() => 3) }, { sample_rate: 8_000 });
      assert.deepEqual([rate, samples.length], [8_000, SECONDS * 8_000 * 2]);
    });
  });

  describe('Volume', () => {
    for (const [volume, low, high] of [
      [0.5, -6.5, -5.5],
      [2, 5.5, 6.5],
      [1, 0, 0],
    ] as const) {
      it(`${volume} changes the level by ${(low + high) / 2} dB`, async (t) => {
        const change = levelDb(await heard('tone', { volume })) - levelDb(await heard('tone', {}));
        t.diagnostic(`${change.toFixed(2)} dB`);
        assertWithin(change, low, high);
      });
    }

    it('has the same effect in mono as in stereo', async (t) => {
      const plain = levelDb(await heard('tone', {}, { channels: 1 }));
      const filtered = levelDb(await heard('tone', { volume: 0.5 }, { channels: 1 }));
      const stereo = levelDb(await heard('tone', {}));
      t.diagnostic(
        `mono ${plain.toFixed(2)} dB, with volume 0.5 ${filtered.toFixed(2)} dB, stereo ${stereo.toFixed(2)} dB`,
      );
      assertWithin(plain - stereo, -0.1, 0.1);
      assertWithin(filtered - plain, -6.1, -5.9);
    });

    it('0 is silence of the full length', async () => {
      const silent = await heard('tone', { volume: 0 });
      assert.ok(silent.samples.every((sample) => sample === 0));
      assert.equal(secondsOf(silent), SECONDS);
    });
  });

  describe('Pitch and speed', { concurrency: 2 }, () => {
    for (const pitch of [12, 7, -12, -5.5]) {
      it(`pitch ${pitch} shifts a tone by that number of semitones and keeps its length`, async (t) => {
        const moved = await heard('tone', { pitch });
        const frequency = dominantFrequency(spectrumOf(moved));
        t.diagnostic(`440 Hz became ${frequency.toFixed(2)} Hz, ${secondsOf(moved).toFixed(4)} s`);
        const wanted = 440 * 2 ** (pitch / 12);
        assertWithin(frequency, wanted * 0.995, wanted * 1.005);
        assertWithin(secondsOf(moved), SECONDS - 0.05, SECONDS + 0.05);
      });
    }

    for (const speed of [0.5, 0.75, 1.5, 2]) {
      it(`speed ${speed} keeps the pitch and divides the length`, async (t) => {
        const sound = await heard('tone', { speed });
        const frequency = dominantFrequency(spectrumOf(sound));
        t.diagnostic(`440 Hz became ${frequency.toFixed(2)} Hz, ${secondsOf(sound).toFixed(4)} s`);
        assertWithin(frequency, 438, 442);
        assertWithin(secondsOf(sound), SECONDS / speed - 0.05, SECONDS / speed + 0.05);
      });
    }

    it('work together, and with all other filters', async () => {
      const filters = { speed: 1.5, pitch: 12, volume: 0.5, eq_preset: 'bass_boost' };
      const sound = await heard('tone', filters);
      assertWithin(dominantFrequency(spectrumOf(sound)), 878, 882);
      assertWithin(secondsOf(sound), SECONDS / 1.5 - 0.05, SECONDS / 1.5 + 0.05);
    });
  });
}
