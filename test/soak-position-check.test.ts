import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hearSweeps } from '../bench/soak/hearing.ts';
import { checkPositions, type SpeedChange } from '../bench/soak/position-check.ts';
import { SAMPLE_RATE } from '../bench/soak/sound-format.ts';
import type { Observation } from '../bench/soak/sweep-reader.ts';
import { createSweepReader, SWEEP } from '../bench/soak/sweep-reader.ts';

const STEP_SECONDS = 0.02;
const DURATION = 16;

/** Returns the positions in the source from `from` to `to` at a speed. */
type Part = { readonly from: number; readonly to: number; readonly speed: number };

function heard(parts: readonly Part[]): Observation[] {
  const observations: Observation[] = [];
  let sample = 0;
  for (const { from, to, speed } of parts) {
    for (let at = 0; from + at * speed < to; at += STEP_SECONDS) {
      observations.push({ sample, position: from + at * speed });
      sample += STEP_SECONDS * SAMPLE_RATE;
    }
  }
  return observations;
}

/** A change between two seconds of the output. */
const change = (from: number, to: number, [before, after]: readonly [number, number]): SpeedChange => ({
  from: from * SAMPLE_RATE,
  to: to * SAMPLE_RATE,
  before,
  after,
});

function check(parts: readonly Part[], changes: readonly SpeedChange[] = [], isWhole = true): string[] {
  const speedAtFirst = changes[0]?.before ?? parts[0]?.speed ?? 1;
  return checkPositions({ observations: heard(parts), changes, speedAtFirst, duration: DURATION, isWhole });
}

const FASTER = [change(4, 8, [1, 1.5])];

describe('the position in the source', () => {
  it('may move at any speed, with changes of speed', () => {
    assert.deepEqual(check([{ from: 0, to: 16, speed: 1 }]), []);
    assert.deepEqual(check([{ from: 0, to: 16, speed: 0.5 }]), []);
    for (const kink of [4.1, 6, 7.9]) {
      const parts = [
        { from: 0, to: kink, speed: 1 },
        { from: kink, to: 16, speed: 1.5 },
      ];
      assert.deepEqual(check(parts, FASTER), []);
    }
  });

  for (const [name, parts, changes, expected] of [
    [
      'a loss',
      [
        { from: 0, to: 5, speed: 1 },
        { from: 5.15, to: 16, speed: 1 },
      ],
      [],
      /1\d\d ms lost before 5\.\d+ s/,
    ],
    [
      'a repetition',
      [
        { from: 0, to: 5, speed: 2 },
        { from: 4.8, to: 16, speed: 2 },
      ],
      [],
      /\d\d\d ms repeated/,
    ],
    ['a missing beginning', [{ from: 0.4, to: 16, speed: 1 }], [], /begins at 0\.40 s/],
    ['a missing end', [{ from: 0, to: 15.7, speed: 1 }], [], /ends at 15\.\d+ s of 16\.00 s/],
    ['an end that is too late', [{ from: 0, to: 16.4, speed: 1 }], [], /continues to 16\.\d+ s/],
    ['a speed other than the requested one', [{ from: 0, to: 16, speed: 1.04 }], FASTER.slice(1), /./],
    ['a change that was not made', [{ from: 0, to: 16, speed: 1 }], FASTER, /drifts|while the speed changed|repeated/],
    [
      'a loss while the speed changed',
      [
        { from: 0, to: 5.6, speed: 1 },
        { from: 5.6, to: 6.5, speed: 1.5 },
        { from: 6.75, to: 16, speed: 1.5 },
      ],
      FASTER,
      /lost|repeated/,
    ],
    [
      'a repetition while the speed changed more than once',
      [
        { from: 0, to: 5, speed: 1 },
        { from: 4.2, to: 16, speed: 2 },
      ],
      [change(3, 6, [1, 1.5]), change(4, 7, [1.5, 2])],
      /repeated.*more than once/,
    ],
  ] as const) {
    it(`reports ${name}`, () => {
      const speedAtFirst = 1;
      const found =
        name.startsWith('a speed') || changes.length === 0
          ? checkPositions({
              observations: heard(parts),
              changes,
              speedAtFirst: name.startsWith('a speed') ? speedAtFirst : (parts[0]?.speed ?? 1),
              duration: DURATION,
              isWhole: true,
            })
          : check(parts, changes);
      assert.match(found.join('\n'), expected);
    });
  }

  it('reports a part without the tone', () => {
    const observations = heard([{ from: 0, to: 16, speed: 1 }]).filter(
      ({ position }) => position < 7 || position > 7.5,
    );
    const found = checkPositions({ observations, changes: [], speedAtFirst: 1, duration: DURATION, isWhole: true });
    assert.match(found.join('\n'), /no tone for 0\.5\d s before 7\.5/);
  });

  it('reports that nothing could be read', () => {
    assert.deepEqual(check([]), ['nothing of it can be read']);
  });
});

/** Returns PCM of a sweep between two of its seconds. */
function sweepPcm(from: number, to: number): Buffer {
  const frames = Math.round((to - from) * SAMPLE_RATE);
  const pcm = Buffer.alloc(frames * 4);
  for (let index = 0; index < frames; index += 1) {
    const t = from + index / SAMPLE_RATE;
    const value = Math.round(6_000 * Math.sin(2 * Math.PI * (SWEEP.startHz * t + (SWEEP.hzPerSecond / 2) * t * t)));
    pcm.writeInt16LE(value, index * 4);
    pcm.writeInt16LE(value, index * 4 + 2);
  }
  return pcm;
}

describe('a sweep', () => {
  it('shows the position to a few milliseconds', () => {
    const observations = createSweepReader().push(sweepPcm(3, 9));
    assert.ok(observations.length > 290);
    for (const { sample, position } of observations) {
      assert.ok(Math.abs(position - 3 - sample / SAMPLE_RATE) < 0.01, `${position} at ${sample}`);
    }
  });

  it('shows no position in silence', () => {
    assert.deepEqual(createSweepReader().push(Buffer.alloc(SAMPLE_RATE * 4)), []);
  });

  it('is checked track by track, each against its own length', () => {
    const items = ['a', 'b', 'c'].map((track, index) => ({ index, track, path: `/${track}`, isGood: true }));
    const deviations: string[] = [];
    let next = 0;
    const hearing = hearSweeps({
      nextItem: () => items[next++] ?? { index: 9, track: 'a', path: '/more', isGood: true },
      onDeviation: (words) => void deviations.push(words),
      seconds: { a: 6, b: 8, c: 7 },
      changes: () => [],
    });
    // The second one lacks its end.
    for (const pcm of [sweepPcm(0, 6), sweepPcm(0, 7), sweepPcm(0, 5)]) hearing.push(pcm);
    hearing.end();
    assert.equal(hearing.tracks(), 2);
    assert.equal(deviations.length, 1);
    assert.match(deviations[0] ?? '', /^\/b: ends at 6\.9\d s of 8\.00 s$/);
  });
});
