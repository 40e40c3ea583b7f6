import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { audioFilterChain } from '#lib/filters/audio.ts';
import { EQUALIZER_BANDS } from '#lib/filters/equalizer.ts';
import {
  ADJUSTABLE,
  type Adjustable,
  type AudioFilters,
  controlCommand,
  controlValues,
  inQuietOrder,
  isChainStart,
  nextValue,
  VOLUME_FILTER,
} from '#lib/filters/live.ts';
import { SAMPLE_RATES } from '#lib/profiles/audio.ts';

const NEUTRAL: AudioFilters = { speed: 1, pitch: 0, eqPreset: 'flat', equalizer: undefined, volume: 1 };

function chain(adjust: readonly Adjustable[], filters: Partial<AudioFilters> = {}, sampleRate = 48_000): string {
  const live = { adjust, leadSeconds: 2 };
  return audioFilterChain({
    filters: { ...NEUTRAL, ...filters },
    startAt: 0,
    duration: undefined,
    sampleRate,
    channels: 2,
    losesPitchedEnd: false,
    live,
  });
}

function controls(filters: Partial<AudioFilters>, adjust: readonly Adjustable[] = ADJUSTABLE, sampleRate = 48_000) {
  return controlValues({ ...NEUTRAL, ...filters }, { adjust, sampleRate });
}

describe('a live chain', () => {
  it('names exactly the filters that commands may change', () => {
    fc.assert(
      fc.property(fc.subarray([...ADJUSTABLE]), fc.constantFrom(...SAMPLE_RATES), (adjust, rate) => {
        const named = chain(adjust, {}, rate).match(/[a-z]+@[a-z_0-9]+(?==)/g) ?? [];
        assert.deepEqual(named.toSorted(), [...controls({}, adjust, rate).keys()].toSorted());
      }),
    );
  });

  it('contains no filters for what may not change', () => {
    assert.doesNotMatch(chain([]), /atempo|equalizer|bass|rubberband|volume|fltp/);
    assert.match(chain(['speed'], { volume: 0.5 }), /,volume=0\.5,/);
  });

  it('begins with the requested settings', () => {
    const text = chain([...ADJUSTABLE], { speed: 1.25, pitch: 12, eqPreset: 'bass_boost', volume: 0.5 });
    assert.match(text, /atempo@speed=1\.25,/);
    assert.match(text, /rubberband@pitch=pitch=2:/);
    assert.match(text, /bass@bass_boost=[^,]*gain=6,bass@voice=[^,]*gain=0,/);
    assert.match(text, /volume@volume=volume=0\.5:eval=frame,/);
  });

  it('is paced `leadSeconds` ahead, after all adjustable filters', () => {
    const [, pacing = ''] = chain([...ADJUSTABLE]).split(':eval=frame,');
    assert.match(pacing, /^asetnsamples=n=960:p=0,asetpts='.*-2\/TB.*',arealtime=limit=3600,asetpts='.*'$/);
  });
});

/** Largest rise of a gain in one step, dB. */
const RISES = { 'bass@voice': 9, 'treble@voice': 4.4, 'equalizer@31hz': 6.5 };

describe('the controls of a live chain', () => {
  it('have the values of its filters', () => {
    const values = controls({ speed: 2, pitch: -12, eqPreset: 'voice', volume: 0 });
    assert.deepEqual(
      [...values].filter(([target]) => !target.startsWith('equalizer')),
      [
        ['atempo@speed', 2],
        ['rubberband@pitch', 0.5],
        ['bass@bass_boost', 0],
        ['bass@voice', -26],
        ['treble@voice', -26],
        ['treble@treble', 0],
        ['volume@volume', 0],
      ],
    );
    const bands = controls({ equalizer: EQUALIZER_BANDS.map((_, band) => band - 5) });
    assert.deepEqual([bands.get('equalizer@31hz'), bands.get('equalizer@16000hz')], [-5, 4]);
  });

  it('are changed by one command each, in a form that ffmpeg can parse', () => {
    const value = fc.double({ min: -30, max: 30, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...controls({}).keys()), value, value, (target, from, to) => {
        const { command, argument } = controlCommand({ target, from, to });
        assert.match(command, /^[a-z]+$/);
        assert.match(argument, /^[a-z0-9(),;.+*\-/]{1,255}$/);
        assert.doesNotMatch(argument, /NaN|\d[eE][+-]?\d/);
      }),
    );
  });

  it('ramp the volume from the old to the new value', () => {
    const { argument } = controlCommand({ target: VOLUME_FILTER, from: 1, to: 0.25 });
    assert.equal(argument, 'if(eq(ld(0),0),st(0,t),0);1+(-0.75)*min(1,(t-ld(0))/0.1)');
  });

  it('reach any value, a large rise of a gain in several steps', () => {
    const gain = fc.double({ min: -26, max: 12, noNaN: true });
    fc.assert(
      fc.property(gain, gain, fc.constantFrom(...Object.entries(RISES)), (from, to, [target, largest]) => {
        let value = from;
        let steps = 0;
        while (value !== to && steps < 10) {
          const next = nextValue({ target, from: value, to });
          assert.ok(next - value <= largest + 1e-9);
          value = next;
          steps += 1;
        }
        assert.equal(value, to);
        assert.ok(steps <= Math.max(1, Math.ceil((to - from) / largest)));
      }),
    );
    assert.equal(nextValue({ target: 'atempo@speed', from: 0.5, to: 2 }), 2);
  });

  it('fall from the lowest frequency up, and rise from the highest down', () => {
    const change = (target: string, from: number, to: number) => ({ target, from, to });
    const [low, high, speed] = ['equalizer@31hz', 'equalizer@16000hz', 'atempo@speed'];
    const order = (...changes: ReturnType<typeof change>[]) => inQuietOrder(changes).map(({ target }) => target);
    assert.deepEqual(order(change(low, 0, -3), change(high, 0, -3)), [low, high]);
    assert.deepEqual(order(change(low, 0, 3), change(high, 0, 3)), [high, low]);
    assert.deepEqual(order(change(low, 0, 3), change(high, 0, -3)), [high, low]);
    assert.deepEqual(order(change(speed, 1, 2), change(low, 0, 3)), [speed, low]);
  });
});

it('the start of a chain is recognised in the log, and no other line', () => {
  for (const line of ['0.000000', '4.076167']) assert.ok(isChainStart(line), line);
  for (const line of ['', '0', 'size= 1.000000', '1.000000 x', 'out_time=00:00:01.000000']) {
    assert.ok(!isChainStart(line), line);
  }
});
