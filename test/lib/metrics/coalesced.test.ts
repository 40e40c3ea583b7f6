import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { coalesced } from '#lib/metrics/coalesced.ts';

function task() {
  const runs: PromiseWithResolvers<number>[] = [];
  const ask = coalesced(() => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  });
  return { ask, runs };
}

describe('a coalesced task', () => {
  it('runs at once, and again on the next call', async () => {
    const { ask, runs } = task();
    const first = ask();
    runs[0]?.resolve(1);
    assert.equal(await first, 1);
    await turn();
    const second = ask();
    runs[1]?.resolve(2);
    assert.equal(await second, 2);
  });

  it('runs once more for all calls during a run, with results no older than the calls', async () => {
    const { ask, runs } = task();
    const first = ask();
    const later = [ask(), ask(), ask()];
    assert.equal(runs.length, 1);
    runs[0]?.resolve(1);
    assert.equal(await first, 1);
    await turn();
    assert.equal(runs.length, 2);
    runs[1]?.resolve(2);
    assert.deepEqual(await Promise.all(later), [2, 2, 2]);
  });

  it('runs again after a failure', async () => {
    const { ask, runs } = task();
    const first = assert.rejects(ask(), /down/);
    const second = ask();
    runs[0]?.reject(new Error('down'));
    await first;
    await turn();
    runs[1]?.resolve(2);
    assert.equal(await second, 2);
  });
});
