import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { assertValidOpus, decode, OPUSINFO_MISSING, pcmSound, secondsOf } from '../support/audio.ts';
import { activeStreams, call, type Fields, transcode } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { type LiveStream, startLive } from '../support/live-stream.ts';
import { createMediaFolder, noise, tone } from '../support/media.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { dominantFrequency, gainDb, spectrumOf } from '../support/spectrum.ts';
import { kinkOf, largestStep, lineOf, stretch, sweep } from '../support/sweep.ts';

const cleanUp = new AsyncDisposableStack();
let host: Host;
let source: HttpSource;

before(async () => {
  await using media = await createMediaFolder();
  const files = new Map([
    ['/noise.flac', await media.make('noise.flac', noise('pink', 20))],
    ['/tone.wav', await media.make('tone.wav', tone(440, 20))],
    ['/sweep.flac', await media.make('sweep.flac', sweep(20))],
    ['/sweep.mp3', await media.make('sweep.mp3', sweep(20), ['-c:a', 'libmp3lame', '-b:a', '192k'])],
    ['/sweep.m4a', await media.make('sweep.m4a', sweep(20), ['-c:a', 'aac', '-b:a', '192k'])],
    ['/bass.wav', await media.make('bass.wav', tone(70, 20))],
    ['/short.wav', await media.make('short.wav', tone(440, 1))],
  ]);
  source = cleanUp.use(
    await startHttpSource((request, response) =>
      serve(files.get(request.url ?? '') ?? Buffer.alloc(0))(request, response),
    ),
  );
  host = cleanUp.use(await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, LOG_LEVEL: 'silent' }));
});
after(() => cleanUp.disposeAsync());

function live(file: string, fields: Fields = {}): Promise<LiveStream> {
  return startLive(host, { source_url: `${source.origin}/${file}`, lead_seconds: 0.5, ...fields });
}

/** Patches a stream and plays on; returns the reported second of output at which the change is heard. */
async function change(stream: LiveStream, filters: Fields, playOn = 1): Promise<number> {
  const answer = await stream.patch(filters);
  assert.equal(answer.status, 200, answer.body.toString('utf8'));
  await stream.play(playOn);
  return answer.json().applied_at_sample / stream.sound().rate;
}

/** The allowed delay of a busy machine or of ffmpeg's reports; `npm run bench -- filter-change pacing` measures it. */
const BUSY_SECONDS = 0.4;

describe('A live stream', { concurrency: 2 }, () => {
  it('arrives at once up to its lead, then in real time', async () => {
    await using stream = await live('tone.wav', { lead_seconds: 2 });
    await eventually(() => assert.ok(secondsOf(stream.sound()) >= 1.9));
    const [startedAt, had] = [performance.now(), secondsOf(stream.sound())];
    await stream.play(3);
    const [elapsed, got] = [(performance.now() - startedAt) / 1_000, secondsOf(stream.sound()) - had];
    assert.ok(Math.abs(got - elapsed) < BUSY_SECONDS, `${got} s came in ${elapsed} s`);
  });

  for (const file of ['sweep.flac', 'sweep.mp3', 'sweep.m4a']) {
    it(`changes its speed without a gap or a click, and reports the sample (${file})`, async (t) => {
      await using stream = await live(file);
      await stream.play(1);
      const first = await change(stream, { speed: 1.5 });
      const second = await change(stream, { speed: 0.5 });
      const sound = stream.sound();
      const lines = [
        lineOf(sound, 0.1, first - 0.1),
        lineOf(sound, first + 0.2, second - 0.1),
        lineOf(sound, second + 0.2, secondsOf(sound)),
      ] as const;
      const [slow, fast, slowest] = lines;
      assert.deepEqual(
        lines.map(({ speed }) => Math.round(speed * 20) / 20),
        [1, 1.5, 0.5],
      );
      // Nothing is lost or repeated: the lines meet where the speed changed.
      const kinks = [kinkOf(slow, fast), kinkOf(fast, slowest)] as const;
      t.diagnostic(
        `changed at ${kinks.map((kink) => kink.toFixed(3))} s, reported ${first.toFixed(3)} and ${second.toFixed(3)} s`,
      );
      assert.ok(Math.abs(kinks[0] - first) < BUSY_SECONDS && Math.abs(kinks[1] - second) < BUSY_SECONDS);
      for (const at of kinks) {
        const own = Math.max(largestStep(sound, at - 0.3, at - 0.1), largestStep(sound, at + 0.2, at + 0.5));
        assert.ok(largestStep(sound, at - 0.1, at + 0.2) <= 1.2 * own);
      }
    });
  }

  for (const [output_format, sample_rate] of [
    ['aac', 8_000],
    ['aac', 22_050],
    ['opus', 48_000],
  ] as const) {
    it(`reports the sample of a change for any encoder delay (${output_format}, ${sample_rate} Hz)`, async (t) => {
      await using stream = await live('sweep.flac', { output_format, sample_rate, duration: 6 });
      await stream.play(0.7);
      const answer = await stream.patch({ speed: 1.5 });
      const told = answer.json().applied_at_sample / sample_rate;
      await stream.closed;
      const sound = await decode(stream.body());
      const kink = kinkOf(lineOf(sound, 0.6, told - 0.1), lineOf(sound, told + 0.35, secondsOf(sound) - 0.3));
      t.diagnostic(`changed at ${kink.toFixed(3)} s, reported ${told.toFixed(3)} s`);
      assert.ok(Math.abs(kink - told) < BUSY_SECONDS);
    });
  }

  const GENTLE: readonly [name: string, filters: Fields, fields: Fields, limit: number][] = [
    ['speed', { speed: 1.5 }, {}, 1.2],
    ['bass_boost', { eq_preset: 'bass_boost' }, {}, 1.2],
    ['voice', { eq_preset: 'voice' }, {}, 1.2],
    ['voice switched off', { eq_preset: 'flat' }, { filters: { eq_preset: 'voice' } }, 1.2],
    ['ten bands', { equalizer: [6, 6, 6, 6, 6, 6, 6, 6, 6, 6] }, {}, 1.2],
    ['half the volume', { volume: 0.5 }, {}, 1.2],
    ['silence', { volume: 0 }, {}, 1.2],
    ['silence of a low tone', { volume: 0 }, { file: 'bass.wav' }, 1.2],
    ['pitch', { pitch: 5 }, { adjust: ['pitch'] }, 2],
    ['pitch the other way', { pitch: -5 }, { adjust: ['pitch'] }, 2],
  ];
  for (const [name, filters, { file = 'tone.wav', ...fields }, limit] of GENTLE) {
    it(`does not click: ${name}`, async (t) => {
      await using stream = await live(String(file), fields);
      await stream.play(0.7);
      const at = await change(stream, filters, 0.8);
      const sound = stream.sound();
      const end = secondsOf(sound);
      const own = Math.max(largestStep(sound, 0.3, at - 0.6), largestStep(sound, end - 0.3));
      const ratio = largestStep(sound, 0.3) / own;
      t.diagnostic(`${ratio.toFixed(3)} times the largest step of the signal`);
      assert.ok(ratio <= limit, `${ratio} times the largest step of the signal`);
    });
  }

  it('keeps the frequency of a tone through changes of speed', async () => {
    await using stream = await live('tone.wav');
    for (const speed of [2, 0.5]) {
      const at = await change(stream, { speed }, 1.2);
      const frequency = dominantFrequency(spectrumOf(stretch(stream.sound(), at + 0.1, at + 1)));
      assert.ok(Math.abs(frequency - 440) < 2, `${frequency} Hz at speed ${speed}`);
    }
  });

  it('has the levels of its presets after PATCH', async (t) => {
    const plain = await transcode(host, { source_url: `${source.origin}/noise.flac`, output_format: 'pcm' });
    const unfiltered = pcmSound(plain.body, plain.headers['content-type'] ?? '');
    await using stream = await live('noise.flac');
    const presets = ['bass_boost', 'voice', 'treble', 'flat'] as const;
    const heardFrom: number[] = [];
    for (const eq_preset of presets) heardFrom.push(await change(stream, { eq_preset }, 2));
    const gains = heardFrom.map((at) => {
      const [from, to] = [at + 0.4, at + 1.9];
      const [spectrum, reference] = [stretch(stream.sound(), from, to), stretch(unfiltered, from, to)].map(spectrumOf);
      assert.ok(spectrum && reference);
      return (frequency: number) => gainDb(spectrum, reference, frequency);
    });
    const [bass, voice, treble, flat] = gains;
    assert.ok(bass && voice && treble && flat);
    for (const [index, gain] of gains.entries()) {
      t.diagnostic(`${presets[index]}: ${[60, 100, 1_000, 8_000].map((hertz) => gain(hertz).toFixed(1)).join(' ')} dB`);
    }
    const assertBetween = (value: number, low: number, high: number) =>
      assert.ok(value >= low && value <= high, `${value}`);
    assertBetween(bass(100), 5, 7);
    assertBetween(treble(8_000), 3, 5);
    assertBetween(voice(60), -60, -10);
    assertBetween(voice(8_000), -60, -10);
    for (const gain of gains) assertBetween(gain(1_000), -1, 1);
    for (const frequency of [60, 100, 1_000, 8_000, 16_000]) assertBetween(flat(frequency), -0.5, 0.5);
  });

  it('shifts a tone by semitones when adjust contains pitch', async () => {
    await using stream = await live('tone.wav', { adjust: ['pitch'] });
    const at = await change(stream, { pitch: 12 }, 1.5);
    const frequency = dominantFrequency(spectrumOf(stretch(stream.sound(), at + 0.3, at + 1.3)));
    assert.ok(Math.abs(frequency - 880) < 4, `${frequency} Hz`);
  });

  it('has the filters of the last of several parallel changes', async () => {
    await using stream = await live('sweep.flac');
    await stream.play(0.5);
    const speeds = [0.5, 2, 0.7, 1.9, 1.25];
    const answers = await Promise.all(speeds.map((speed, index) => stream.patch({ speed, volume: index / 4 })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      speeds.map(() => 200),
    );
    const record = (await call(host, `/transcodes/${stream.id}`)).json();
    assert.ok(speeds.includes(record.filters.speed));
    await stream.play(1.5);
    const sound = stream.sound();
    const { speed } = lineOf(sound, secondsOf(sound) - 0.8, secondsOf(sound));
    assert.equal(Math.round(speed * 20) / 20, record.filters.speed);
  });

  for (const [output_format, options] of [
    ['opus', {}],
    ['opus', { quality_preset: 'lowlatency' }],
    ['aac', {}],
  ] as const) {
    it(`stays one valid file: ${output_format} ${JSON.stringify(options)}`, async () => {
      await using stream = await live('tone.wav', { output_format, duration: 6, ...options });
      await stream.play(0.5);
      for (const filters of [{ speed: 1.5 }, { eq_preset: 'voice', volume: 0.5 }, { speed: 2 }]) {
        assert.equal((await stream.patch(filters)).status, 200);
      }
      await stream.closed;
      const sound = await decode(stream.body());
      assert.ok(secondsOf(sound) > 3 && secondsOf(sound) < 6);
      if (output_format !== 'opus' || OPUSINFO_MISSING !== false) return;
      using folder = scratchFolder();
      const file = folder.file('live.opus');
      writeFileSync(file, stream.body());
      await assertValidOpus(file);
    });
  }

  it('plays on unchanged after an invalid change', async () => {
    await using stream = await live('sweep.flac');
    await stream.play(0.5);
    for (const [filters, field] of [
      [{ speed: 10 }, 'filters.speed'],
      [{ volume: -1 }, 'filters.volume'],
      [{ reverb: 1 }, 'filters.reverb'],
    ] as const) {
      assertError(await stream.patch(filters), { status: 422, code: 'FILTER_INVALID', details: { field } });
    }
    assert.equal((await stream.patch({})).status, 422);
    await stream.play(1);
    const sound = stream.sound();
    assert.equal(Math.round(lineOf(sound, 0.1, secondsOf(sound)).speed * 100) / 100, 1);
  });

  it('refuses to change a filter that adjust does not name, and plays on', async () => {
    await using stream = await live('tone.wav', { adjust: ['volume'] });
    assertError(await stream.patch({ speed: 1.5 }), {
      status: 409,
      code: 'CONFLICT',
      details: { field: 'filters.speed' },
    });
    assert.equal((await stream.patch({ volume: 0.5 })).status, 200);
  });

  it('refuses changes after its end', async () => {
    await using stream = await live('short.wav');
    await stream.closed;
    assertError(await stream.patch({ speed: 1.5 }), { status: 409, code: 'CONFLICT' });
  });
});

describe('A stream that is not live', () => {
  it('refuses changes', async () => {
    const answer = await transcode(host, { source_url: `${source.origin}/short.wav`, output_format: 'pcm' });
    const id = answer.headers['x-transcode-id'];
    const refused = await call(host, `/transcodes/${id}/filters`, { method: 'PATCH', body: { speed: 1.5 } });
    assertError(refused, { status: 409, code: 'CONFLICT' });
  });
});

it('no stream is left active', async () => {
  await eventually(async () => assert.equal(await activeStreams(host), 0));
});
