import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { unsupportedUrl } from '../../../client/legs/failures.ts';
import type { Leg, Via } from '../../../client/legs/leg.ts';
import { checkedSettings } from '../../../client/request.ts';
import { createLegChoice } from '../../../client/stream/leg-choice.ts';
import { createProgressDeadline } from '../../../client/stream/progress-deadline.ts';

const settings = checkedSettings({ source_url: 's3://media/a.mp3', output_format: 'pcm' });
const { signal } = new AbortController();
const NEVER = new Promise<never>(() => undefined);
const AUDIO = Promise.resolve({ done: false as const, value: Buffer.alloc(4) });
const DOWN = new AppError('DOWNLOAD_FAILED', { part: 'fallback' });
const GONE = new AppError('UNAVAILABLE', { part: 'service' });

/** Each candidate does the next thing on its list; one with an empty list is down. */
function scene(
  does: Readonly<Record<Via, ('away' | 'plays' | 'silent' | AppError)[]>>,
  { deadlineMs = 3_600_000 } = {},
) {
  const asked: Via[] = [];
  const stopped: Via[] = [];
  const failures: AppError[] = [];
  let wanted: object = settings;
  const choice = createLegChoice({
    candidates: ['service', 'fallback'],
    async isUsable(via) {
      if (does[via][0] !== 'away') return does[via].length > 0;
      does[via].shift();
      return false;
    },
    async openLeg(via): Promise<Leg> {
      asked.push(via);
      const next = does[via].shift();
      if (next instanceof AppError) throw next;
      return {
        via,
        id: undefined,
        chunks: { next: () => (next === 'silent' ? NEVER : AUDIO) },
        setFilters: () => NEVER,
        wasStopped: async () => false,
        stop: async () => void stopped.push(via),
      };
    },
    wanted: () => wanted,
    plan: () => ({ atUnit: 0, drop: 0, settings }),
    hasBegun: () => false,
    onFailure: (_, error) => failures.push(error),
    deadline: createProgressDeadline(() => deadlineMs),
    signal,
  });
  return {
    ...{ choice, asked, stopped, failures },
    change() {
      wanted = { ...settings };
    },
  };
}

describe('The choice of the next leg', { timeout: 30_000 }, () => {
  it('is the service when it is back, for a source that only the service can read', async () => {
    const { choice, asked } = scene({
      service: ['away', 'away', 'plays'],
      fallback: [unsupportedUrl(), new AppError('INTERNAL_ERROR')],
    });
    assert.equal((await choice.next())?.leg.via, 'service');
    assert.deepEqual(asked, ['fallback', 'service']);
  });

  it('fails with a recoverable error when the service does not come back', async () => {
    const { choice } = scene({ service: [], fallback: [unsupportedUrl()] }, { deadlineMs: 20 });
    await assert.rejects(choice.next(), {
      code: 'UNAVAILABLE',
      recoverable: true,
      details: { part: 'fallback', reason: 'source' },
    });
  });

  it('fails with a final error when the service refuses a source that only it can read', async () => {
    const { choice } = scene({ service: [new AppError('FORBIDDEN')], fallback: [unsupportedUrl()] });
    await assert.rejects(choice.next(), { recoverable: false });
  });

  it('retries once after a recoverable failure of the source', async () => {
    const { choice, asked } = scene({ service: [], fallback: [DOWN, 'plays'] });
    assert.equal((await choice.next())?.leg.via, 'fallback');
    assert.deepEqual(asked, ['fallback', 'fallback']);
  });

  it('gives up when the source fails again, whether or not the service is up', async () => {
    for (const service of [[], [DOWN, DOWN, DOWN], [GONE]]) {
      const { choice, asked } = scene({ service, fallback: [DOWN, DOWN, DOWN] });
      await assert.rejects(choice.next(), { code: 'DOWNLOAD_FAILED' });
      assert.equal(asked.filter((via) => via === 'fallback').length, 2);
    }
  });

  it('tries the service as a rival when it is back', async () => {
    const { choice, asked } = scene({ service: [GONE, 'away', 'plays'], fallback: ['plays'] });
    assert.equal((await choice.next())?.leg.via, 'fallback');
    assert.equal(await choice.findRival('fallback', { signal }), false, 'down');
    assert.equal(await choice.findRival('fallback', { signal }), true);
    choice.failed('fallback', new AppError('TIMEOUT', { part: 'fallback' }), { worked: false });
    assert.equal((await choice.next())?.leg.via, 'service');
    assert.deepEqual(asked, ['service', 'fallback', 'service'], 'a leg that has started is not opened again');
  });

  it('reports the failure of a rival that does no better', async () => {
    const late = new AppError('TIMEOUT', { part: 'service' });
    const { choice, failures } = scene({ service: [late, late, 'plays'], fallback: ['plays'] });
    assert.equal((await choice.next())?.leg.via, 'fallback');
    assert.equal(await choice.findRival('fallback', { signal }), false);
    assert.equal(await choice.findRival('fallback', { signal }), true);
    assert.deepEqual(failures, [late, late]);
  });

  it('tries the same candidate as a rival while the service is down', async () => {
    const { choice, stopped } = scene({ service: [], fallback: ['plays', 'plays'] });
    const first = await choice.next();
    assert.equal(await choice.findRival('fallback', { signal }), true);
    choice.failed('fallback', new AppError('TIMEOUT', { part: 'fallback' }), { worked: false });
    const second = await choice.next();
    assert.equal(second?.leg.via, 'fallback');
    assert.notEqual(second?.leg, first?.leg);
    assert.deepEqual(stopped, []);
  });

  it('rejects a rival without audio, and stops it when the attempt is aborted', async () => {
    const { choice, asked, stopped } = scene({ service: [], fallback: ['plays', 'silent'] });
    await choice.next();
    const asking = new AbortController();
    const rival = choice.findRival('fallback', { signal: asking.signal });
    while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    asking.abort();
    assert.equal(await rival, false);
    assert.deepEqual(stopped, ['fallback']);
  });

  it('does not try a service as a rival that has refused', async () => {
    const { choice, asked } = scene({ service: [new AppError('UNAUTHENTICATED'), 'plays'], fallback: ['plays'] });
    assert.equal((await choice.next())?.leg.via, 'fallback');
    assert.equal(await choice.findRival('fallback', { signal }), false);
    assert.deepEqual(asked, ['service', 'fallback']);
  });

  it('stops a rival that has started when the first leg continues after all', async () => {
    const { choice, asked, stopped } = scene({ service: [GONE, 'plays', 'plays'], fallback: ['plays'] });
    assert.equal((await choice.next())?.leg.via, 'fallback');
    const asking = new AbortController();
    assert.equal(await choice.findRival('fallback', { signal: asking.signal }), true);
    asking.abort();
    assert.deepEqual(stopped, ['service']);
    choice.failed('fallback', new AppError('TIMEOUT', { part: 'fallback' }), { worked: true });
    assert.equal((await choice.next())?.leg.via, 'service');
    assert.deepEqual(
      asked,
      ['service', 'fallback', 'service', 'service'],
      'the service is opened from the position of the other leg',
    );
  });

  it('reopens a rival that lacks a change made in the meantime', async () => {
    const { choice, asked, stopped, change } = scene({ service: [GONE, 'plays', 'plays'], fallback: ['plays'] });
    assert.equal((await choice.next())?.leg.via, 'fallback');
    assert.equal(await choice.findRival('fallback', { signal }), true);
    change();
    choice.failed('fallback', new AppError('TIMEOUT', { part: 'fallback' }), { worked: true });
    assert.equal((await choice.next())?.leg.via, 'service');
    assert.deepEqual(stopped, ['service']);
    assert.deepEqual(asked, ['service', 'fallback', 'service', 'service']);
  });
});
