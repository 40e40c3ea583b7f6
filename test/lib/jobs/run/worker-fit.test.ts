import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import type { AttemptOutcome } from '#lib/jobs/attempt.ts';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import { stages } from '#lib/jobs/graph/stages.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { createSpeeds } from '#lib/jobs/run/speeds.ts';
import { type FitOptions, startFit } from '#lib/jobs/run/worker-fit.ts';
import { eventually } from '../../../support/eventually.ts';
import { mediaFacts, pictureFacts, planOf, soundFacts } from '../../../support/job-facts.ts';

const GIBIBYTE = 2 ** 30;
const STOPPED: AttemptOutcome = { kind: 'handed_back' };

/** An output that asks for a quality is encoded, not copied. */
const ENCODED = { outputs: [{ format: 'mp4', quality: 'standard' }] };

/** A film of these pixels; ten seconds at 30 frames per second. */
const filmOf = (width: number, height: number) =>
  planOf(ENCODED, { a: mediaFacts([pictureFacts({ width, height, frames: 300 })]) });

const IDLE = { name: '', args: [], writes: [], inputs: [], outputs: [], expected: [], frees: [] };
/** A stage of this many frames. */
const stageOf = (frames: number): EncodeStage => ({ ...IDLE, weight: { frames, seconds: frames / 30 } });
/** A stage that copies or makes sound. */
const stageWithoutPicture = (seconds: number): EncodeStage => ({ ...IDLE, weight: { frames: 0, seconds } });

const stagesOf = (plan: JobPlan) => stages(plan, { files: new Map([['a', 'a.mp4']]), folder: 'outputs' });

/** A package of an input of this length at 30 frames per second. */
function packageOf(seconds: number): JobPlan {
  const stream = { endSeconds: seconds };
  const picture = pictureFacts({ ...stream, width: 1920, height: 1080, frames: 30 * seconds });
  const outputs = [{ format: 'hls', ladder: ['1080p', '720p', 'audio'] }];
  return planOf({ outputs }, { a: { ...mediaFacts([picture, soundFacts(stream)]), seconds } });
}

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

type Started = Awaited<ReturnType<typeof fitOf>>;

/** Plans one stage and begins it. */
function begin({ fit }: Pick<Started, 'fit'>, plan: JobPlan, stage: EncodeStage): void {
  fit.watch.planned(plan, [stage]);
  fit.watch.begun(stage);
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
    begin({ fit }, filmOf(1920, 1080), stageOf(30_000));
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
    begin({ fit }, filmOf(640, 360), stageOf(5_000));
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
      begin({ fit }, filmOf(1920, 1080), stageOf(1_000));
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
      begin({ fit }, filmOf(1920, 1080), stageOf(50));
      advance(3);
      fit.watch.encoded(50);
    }
    assert.equal(speeds.of('h264 standard'), before);
  });

  it('follows from the stages that encode a film, not from copies and sound', async () => {
    const { fit, details, advance } = await fitOf();
    using _ = fit;
    const [copy, film, sound] = [stageWithoutPicture(0.5), stageOf(30_000), stageWithoutPicture(1_000)];
    fit.watch.planned(filmOf(1920, 1080), [copy, film, sound]);
    fit.watch.begun(copy);
    advance(40);
    fit.watch.encoded(1);
    advance(10);
    fit.watch.begun(film);
    advance(10);
    fit.watch.encoded(1_000);
    assert.equal(details(), undefined, 'too early to tell');
    advance(10);
    fit.watch.encoded(1_000);
    assert.equal(details(), undefined, 'a hundred frames a second: 350 s in all');
    advance(60);
    fit.watch.encoded(1_000);
    // 80 s for a tenth: 720 more after 130.
    assert.equal(details()?.['value'], 850);
  });

  it('counts anew when a copy has failed', async () => {
    const { fit, details, advance } = await fitOf();
    using _ = fit;
    begin({ fit }, filmOf(1920, 1080), stageOf(30_000));
    advance(10);
    fit.watch.encoded(25_000);
    begin({ fit }, filmOf(1920, 1080), stageOf(30_000));
    advance(10);
    fit.watch.encoded(150);
    assert.equal(details(), undefined, 'too early to tell');
    advance(10);
    fit.watch.encoded(150);
    // Fifteen frames a second, after 30 s.
    assert.equal(details()?.['value'], 2_010);
  });
});

describe('the time of what is no single film', () => {
  /** Returns the speeds of an environment that has encoded ladders, ten frames a second. */
  async function slowSpeeds() {
    const speeds = createSpeeds();
    const { fit, advance } = await fitOf({ speeds });
    using _ = fit;
    const plan = packageOf(60);
    const encoding = stagesOf(plan);
    fit.watch.planned(plan, encoding);
    for (const stage of encoding) {
      fit.watch.begun(stage);
      advance(stage.weight.frames / 10);
      fit.watch.encoded(stage.weight.frames);
    }
    return speeds;
  }

  async function isRefused(plan: JobPlan, seconds = 600): Promise<boolean> {
    const { fit, details } = await fitOf({ speeds: await slowSpeeds(), seconds });
    using _ = fit;
    fit.watch.planned(plan, stagesOf(plan));
    return details() !== undefined;
  }

  it('counts the films of packages', async () => {
    // Ten frames a second: 200 s of the film in the limit, and twice as many are tried.
    assert.equal(await isRefused(packageOf(390)), false);
    assert.equal(await isRefused(packageOf(410)), true);
  });

  it('counts the pixels of films of the same codec and quality together', async () => {
    // A single film has 0.69 times the pixels of the ladder: 20 frames a second are 29.
    const film = (seconds: number) => {
      const picture = pictureFacts({ width: 1920, height: 1080, endSeconds: seconds, frames: 30 * seconds });
      return planOf(
        { outputs: [{ format: 'mp4', quality: 'standard' }] },
        { a: { ...mediaFacts([picture]), seconds } },
      );
    };
    assert.equal(await isRefused(film(570)), false);
    assert.equal(await isRefused(film(590)), true);
  });

  it('is not judged by films where only sound is encoded', async () => {
    const seconds = 7_200;
    const facts = mediaFacts([pictureFacts({ endSeconds: seconds }), soundFacts({ endSeconds: seconds })]);
    const plan = planOf({ outputs: [{ format: 'mp3' }] }, { a: { ...facts, seconds } });
    assert.deepEqual(
      plan.outputs.map(({ kind }) => kind),
      ['sound'],
    );
    assert.equal(await isRefused(plan), false);
  });

  it('is not judged by films where the picture is copied', async () => {
    const seconds = 14_000;
    const stream = { endSeconds: seconds };
    const picture = pictureFacts({ ...stream, frames: 30 * seconds, lastFrameSeconds: seconds - 1 / 30 });
    const plan = planOf({}, { a: { ...mediaFacts([picture, soundFacts(stream)]), seconds } });
    assert.deepEqual(
      plan.outputs.map(({ kind }) => kind),
      ['copy'],
    );
    assert.equal(await isRefused(plan, 10), false);
  });

  it('does not measure what has no film', async () => {
    const speeds = createSpeeds();
    {
      const { fit, advance, details } = await fitOf({ speeds });
      using _ = fit;
      const plan = planOf({ outputs: [{ format: 'mp3' }] });
      const [stage] = stagesOf(plan);
      assert.ok(stage !== undefined);
      begin({ fit }, plan, stage);
      advance(100);
      fit.watch.encoded(1);
      assert.equal(details(), undefined);
    }
    const { fit, details } = await fitOf({ speeds });
    using _ = fit;
    fit.watch.planned(packageOf(1_000), [stageOf(30_000)]);
    assert.equal(details(), undefined);
  });
});
