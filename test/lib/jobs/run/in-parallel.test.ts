import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { inParallel } from '#lib/jobs/run/in-parallel.ts';

const ITEMS = [1, 2, 3, 4, 5, 6, 7];
const never = () => new AbortController().signal;

describe('work in parallel', () => {
  it('has results in order, and no more at once than its width', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel(ITEMS, { width: 3, signal: never() }, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < 8 - item; turn += 1) await new Promise(setImmediate);
      running -= 1;
      return item * 2;
    });
    assert.deepEqual(results, [2, 4, 6, 8, 10, 12, 14]);
    assert.equal(most, 3);
  });

  it('ends all others at the first failure, and waits for them', async () => {
    const ended: number[] = [];
    const work = inParallel(ITEMS, { width: 3, signal: never() }, async (item, signal) => {
      if (item === 2) throw new Error('the second fails');
      await once(signal, 'abort');
      await new Promise(setImmediate);
      ended.push(item);
      signal.throwIfAborted();
    });
    await assert.rejects(work, { message: 'the second fails' });
    assert.deepEqual(ended, [1, 3]);
  });

  it('ends with the reason of its signal', async () => {
    const abort = new AbortController();
    const work = inParallel(ITEMS, { width: 2, signal: abort.signal }, async (_, signal) => {
      await once(signal, 'abort');
      signal.throwIfAborted();
    });
    abort.abort(new Error('cancelled'));
    await assert.rejects(work, { message: 'cancelled' });
    await assert.rejects(
      inParallel(ITEMS, { width: 2, signal: abort.signal }, async () => 1),
      { message: 'cancelled' },
    );
  });
});
