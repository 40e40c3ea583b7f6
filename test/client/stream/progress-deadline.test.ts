import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AppError } from '#lib/errors.ts';
import type { Leg } from '../../../client/legs/leg.ts';
import { checkedSettings } from '../../../client/request.ts';
import { createLegChoice } from '../../../client/stream/leg-choice.ts';
import { legUnits } from '../../../client/stream/leg-units.ts';
import { createProgressDeadline } from '../../../client/stream/progress-deadline.ts';
import { createRealTime } from '../../../client/stream/real-time.ts';
import type { ResumePlan } from '../../../client/stream/resume-plan.ts';
import { TIMEOUTS } from '../../../client/stream/timeouts.ts';
import { createPcmJoiner } from '../../../client/units/pcm-joiner.ts';

/** Longer than any test may take: a test that waits for it hangs. */
const FOR_EVER_MS = 3_600_000;
const NEVER = new Promise<never>(() => undefined);
const signal = new AbortController().signal;
const settings = checkedSettings({ source_url: 'https://example.org/a', output_format: 'pcm' });
const plan: ResumePlan = { atUnit: 0, drop: 0, settings };
const silent: Leg = {
  via: 'fallback',
  id: undefined,
  chunks: { next: () => NEVER },
  setFilters: () => NEVER,
  wasStopped: async () => false,
  stop: async () => undefined,
};

describe('The progress deadline', () => {
  it('counts from the last progress and excludes the time that the reader takes', () => {
    let now = 1_000;
    const deadline = createProgressDeadline(
      () => 15_000,
      () => now,
    );
    now += 4_000;
    assert.equal(deadline.leftMs(), 11_000);
    now += 5_000;
    deadline.paused(5_000);
    assert.equal(deadline.leftMs(), 11_000);
    now += 20_000;
    assert.equal(deadline.leftMs(), 0);
    deadline.progressed();
    assert.equal(deadline.leftMs(), 15_000);
  });

  it('is not restarted by the next silent leg', { timeout: 30_000 }, async () => {
    const deadline = createProgressDeadline(() => 20);
    const units = legUnits(silent, {
      joiner: createPcmJoiner(2),
      unitMs: 1,
      reserveMs: 0,
      timeouts: { ...TIMEOUTS, giveUpMs: FOR_EVER_MS },
      deadline,
      realTime: createRealTime(),
      readerClock: () => performance.now(),
      skippingMs: () => 0,
      findRival: async () => false,
      stopped: signal,
    });
    await assert.rejects(units.next(), { code: 'TIMEOUT', details: { part: 'fallback', reason: 'silent' } });
  });

  it('ends while a leg is opening, and a leg that opens too late is stopped', { timeout: 30_000 }, async () => {
    const began = Promise.withResolvers<Leg>();
    const stopped = Promise.withResolvers<void>();
    const failures: AppError[] = [];
    const choice = createLegChoice({
      openLeg: () => began.promise,
      candidates: ['fallback'],
      isUsable: async () => true,
      wanted: () => settings,
      plan: () => plan,
      hasBegun: () => false,
      onFailure: (_, error) => failures.push(error),
      deadline: createProgressDeadline(() => 20),
      signal,
    });
    await assert.rejects(choice.next(), { code: 'TIMEOUT', recoverable: true });
    assert.equal(failures.length, 1);
    began.resolve({ ...silent, stop: async () => stopped.resolve() });
    await stopped.promise;
  });
});
