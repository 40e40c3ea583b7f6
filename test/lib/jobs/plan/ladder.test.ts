import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PlannedSound } from '#lib/jobs/plan/job-plan.ts';
import { packageOf } from '#lib/jobs/plan/ladder.ts';
import { FRAME_RATES, RUNGS, type Rung } from '#lib/jobs/spec/vocabulary.ts';

const SOUND: PlannedSound = { codec: 'aac', kilobits: 128, samples: 480_000 };

type Options = { readonly ladder?: Rung[]; readonly sound?: PlannedSound | null };

function planned([width, height]: readonly [number, number], { ladder, sound = SOUND }: Options = {}) {
  const warnings: string[] = [];
  const made = packageOf(
    { name: 'web', ladder },
    {
      ...{ format: 'hls', field: 'outputs[0]', fps: FRAME_RATES[25], frames: 250, quality: 'standard', sound },
      geometry: { width, height, fit: 'contain', background: '#000000' },
      warn: (text) => void warnings.push(text),
    },
  );
  const sizes = made.films.map(({ name, geometry }) => `${name} ${geometry.width}x${geometry.height}`);
  return { sizes, warnings, made };
}

describe('the ladder of a package', () => {
  it('has sizes by the frame of 16:9 that a picture fits into, upright for an upright one', () => {
    const ladder: Rung[] = ['1080p', '480p'];
    const cases = [
      [
        [1920, 1080],
        ['1080p 1920x1080', '480p 854x480'],
      ],
      [
        [1080, 1920],
        ['1080p 1080x1920', '480p 480x854'],
      ],
      [
        [1440, 1080],
        ['1080p 1440x1080', '480p 640x480'],
      ],
      [
        [1920, 800],
        ['1080p 1920x800', '480p 854x356'],
      ],
      [
        [1080, 1080],
        ['1080p 1080x1080', '480p 480x480'],
      ],
      [
        [1918, 1078],
        ['1080p 1918x1078', '480p 854x480'],
      ],
    ] as const;
    for (const [size, expected] of cases) assert.deepEqual(planned(size, { ladder }).sizes, expected, `${size}`);
  });

  it('shrinks what is drawn by pixels with the rung', () => {
    const { made } = planned([1920, 1080], { ladder: ['1080p', '480p'] });
    assert.deepEqual(
      made.films.map(({ geometry }) => (geometry.unit ?? 1).toFixed(3)),
      ['1.000', '0.444'],
    );
  });

  it('leaves out what is larger than the timeline, with a warning, but keeps one rung', () => {
    const { sizes, warnings } = planned([1280, 720], { ladder: ['1080p', '720p', '360p'] });
    assert.deepEqual(sizes, ['720p 1280x720', '360p 640x360']);
    assert.deepEqual(warnings, ['outputs[0].ladder: 1080p is left out, because it is larger than 1280x720']);
    assert.deepEqual(planned([320, 180], { ladder: ['720p', '480p'] }).sizes, ['480p 320x180']);
  });

  it('has by default the four largest that the timeline fills, and sound', () => {
    assert.deepEqual(
      planned([1920, 1080]).made.films.map(({ name }) => name),
      ['1080p', '720p', '480p', '360p'],
    );
    assert.deepEqual(
      planned([3840, 2160]).made.films.map(({ name }) => name),
      ['2160p', '1080p', '720p', '480p'],
    );
    assert.deepEqual(planned([160, 90]).sizes, ['240p 160x90']);
    assert.deepEqual(
      [planned([160, 90]).made.offersSound, planned([160, 90], { sound: null }).made.offersSound],
      [true, false],
    );
  });

  it('has sound for its films also without audio, which only adds sound without a picture', () => {
    const { made } = planned([640, 360], { ladder: ['360p'] });
    assert.deepEqual([made.sound?.name, made.offersSound], ['audio', false]);
  });

  it('is refused when it has only audio, and no input has sound', () => {
    assert.throws(() => planned([640, 360], { ladder: ['audio'], sound: null }), {
      code: 'VALIDATION_ERROR',
      message: 'ladder has only audio, and no input has sound',
    });
  });

  it('has even sizes, none larger than the timeline, no two alike, for every timeline', () => {
    const side = fc.integer({ min: 8, max: 2_400 }).map((half) => 2 * half);
    fc.assert(
      fc.property(side, side, fc.uniqueArray(fc.constantFrom(...RUNGS), { minLength: 1 }), (width, height, ladder) => {
        const { made, sizes } = planned([width, height], { ladder });
        assert.ok(made.films.length > 0 || ladder.every((rung) => rung === 'audio'));
        assert.equal(new Set(sizes.map((text) => text.split(' ')[1])).size, sizes.length, sizes.join());
        for (const { geometry } of made.films) {
          assert.deepEqual([geometry.width % 2, geometry.height % 2], [0, 0]);
          assert.ok(geometry.width <= width && geometry.height <= height && geometry.width > 0);
        }
      }),
    );
  });
});
