import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import type { AttemptOutcome } from '#lib/jobs/attempt.ts';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import { createSpeeds } from '#lib/jobs/run/speeds.ts';
import { type FitOptions, startFit } from '#lib/jobs/run/worker-fit.ts';
import { eventually } from '../../../support/eventually.ts';
import { mediaFacts, pictureFacts, planOf } from '../../../support/job-facts.ts';

const GIBIBYTE = 2 ** 30;
const STOPPED: AttemptOutcome = { kind: 'handed_back' };

/** A film of these pixels; ten seconds at 30 frames per second. */
const filmOf = (width: number, height: number) =>
  planOf({}, { a: mediaFacts([pictureFacts({ width, height, frames: 300 })]) });

/** A stage of this many frames. */
const stageOf = (frames: number): EncodeStage => ({
  ...{ name: 'film', args: [], writes: [], inputs: [], outputs: [], expected: [], frees: [] },
  weight: { frames, seconds: frames / 30 },
});

async function fitOf(options: Partial<FitOptions> = {}) {
  let ms = 0;
  const fit = await startFit({ directory: tmpdir(), seconds: 600, speeds: createSpeeds(), now: () => ms, ...options });
  return {
    fit,
    advance(seconds: number) {
      ms += seconds * 1_000;
    },
    details: () => fit.excess(STOPPED)?.details,
  };
}

describe('the bytes of an attempt', () => {
  it('fit when the inputs fit three times into the free space', async () => {
    const { bavail, bsize } = statfsSync(tmpdir());
    const { fit, details } = await fitOf();
    using _ = fit;
    const third = Math.floor((bavail * bsize) / 3);
    fit.watch.expect(third - GIBIBYTE);
    assert.equal(details(), undefined);
    fit.watch.expect(2 * GIBIBYTE);
    const { limit, value, max, phase } = details() ?? {};
    assert.deepEqual([limit, phase, fit.signal.aborted], ['worker_bytes', 'fetching', true]);
    assert.ok(Number(value) > Number(max));
    assert.ok(Math.abs(Number(max) - bavail * bsize) < GIBIBYTE);
  });

  it('do not fit when the disk became full', async () => {
    const { fit } = await fitOf();
    using _ = fit;
    const full = new AppError('OVERLOADED', { reason: 'disk', needed_bytes: 9_000, free_bytes: 1_000 });
    const error = fit.excess({ kind: 'failed', error: full, retry: true });
    assert.equal(error?.code, 'LIMIT_EXCEEDED');
    assert.partialDeepStrictEqual(error?.details, { limit: 'worker_bytes', value: 9_000, max: 1_000 });
    const other = new AppError('OVERLOADED', { reason: 'queue' });
    assert.equal(fit.excess({ kind: 'failed', error: other, retry: true }), undefined);
  });
});

describe('the time of an attempt', () => {
  it('is refused by its plan when not even the fastest machine is fast enough', async () => {
    const { fit, details } = await fitOf();
    using _ = fit;
    fit.watch.planned(filmOf(1920, 1080), [stageOf(360_000)]);
    const { limit, value, max, phase } = details() ?? {};
    assert.deepEqual([limit, max, phase], ['worker_seconds', 600, 'probing']);
    assert.ok(Number(value) > 600);
  });

  it('is not refused for what was not measured', async () => {
    const { fit, details } = await fitOf();
    using _ = fit;
    // Two hours of a small film, half an hour of a large one.
    fit.watch.planned(filmOf(640, 360), [stageOf(216_000)]);
    fit.watch.planned(filmOf(1920, 1080), [stageOf(54_000)]);
    assert.equal(details(), undefined);
  });

  it('follows from the speed of its own encoding once that is measured', async () => {
    const { fit, details, advance } = await fitOf();
    using _ = fit;
    fit.watch.planned(filmOf(1920, 1080), [stageOf(30_000)]);
    advance(14);
    fit.watch.encoded(140);
    assert.equal(details(), undefined, 'too early to tell');
    advance(2);
    fit.watch.encoded(20);
    const { value, phase } = details() ?? {};
    // Ten frames a second.
    assert.deepEqual([value, phase], [3_000, 'encoding']);
  });

  it('includes what passed before the encoding', async () => {
    const { fit, details, advance } = await fitOf();
    using _ = fit;
    advance(400);
    fit.watch.planned(filmOf(640, 360), [stageOf(5_000)]);
    advance(20);
    fit.watch.encoded(500);
    // 20 s for a tenth: 180 more, which makes 600.
    assert.equal(details(), undefined);
    advance(1);
    fit.watch.encoded(0);
    assert.deepEqual(details()?.['value'], 610);
  });

  it('ends at the limit, whatever the attempt does', async () => {
    const { fit, details } = await fitOf({ seconds: 0.05, now: () => performance.now() });
    using _ = fit;
    await eventually(() => assert.equal(fit.signal.aborted, true));
    assert.partialDeepStrictEqual(details(), { limit: 'worker_seconds', value: 1, max: 0.05 });
  });

  it('does not count when the attempt has completed all the same', async () => {
    const { fit } = await fitOf({ seconds: 0.01, now: () => performance.now() });
    using _ = fit;
    await eventually(() => assert.equal(fit.signal.aborted, true));
    const completed: AttemptOutcome = { kind: 'completed', result: { outputs: [], cached: false }, warnings: [] };
    assert.equal(fit.excess(completed), undefined);
  });

  it('of a like job is judged by the measured speed before it encodes, with room for what moves less', async () => {
    const speeds = createSpeeds();
    {
      const { fit, advance } = await fitOf({ speeds });
      using _ = fit;
      fit.watch.planned(filmOf(1920, 1080), [stageOf(1_000)]);
      advance(50);
      fit.watch.encoded(1_000);
    }
    // Twenty frames a second were measured, so 24,000 in the limit, and twice as many are tried.
    for (const [frames, isRefused] of [
      [23_000, false],
      [30_000, true],
    ] as const) {
      const { fit, details } = await fitOf({ speeds });
      using _ = fit;
      fit.watch.planned(filmOf(1920, 1080), [stageOf(frames)]);
      assert.equal(details() !== undefined, isRefused, `${frames}`);
    }
    const { fit, details } = await fitOf({ speeds });
    using _ = fit;
    const draft = planOf(
      { outputs: [{ format: 'mp4', quality: 'draft' }] },
      { a: mediaFacts([pictureFacts({ width: 1920, height: 1080 })]) },
    );
    fit.watch.planned(draft, [stageOf(30_000)]);
    assert.equal(details(), undefined, 'another quality has another speed');
  });

  it('of a short encode is no measure: its start takes longer than the rest', async () => {
    const speeds = createSpeeds();
    const before = speeds.of('h264 standard');
    {
      const { fit, advance } = await fitOf({ speeds });
      using _ = fit;
      fit.watch.planned(filmOf(1920, 1080), [stageOf(50)]);
      advance(3);
      fit.watch.encoded(50);
    }
    assert.equal(speeds.of('h264 standard'), before);
  });
});
