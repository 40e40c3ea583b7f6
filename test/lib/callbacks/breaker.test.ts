import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHostBreaker, type Destination } from '#lib/callbacks/breaker.ts';
import type { AttemptResult } from '#lib/callbacks/outcome.ts';

const DESTINATION = { owner: 'ann', host: 'hooks.example' };
const DOWN: AttemptResult = { kind: 'response', status: 503 };
const UP: AttemptResult = { kind: 'response', status: 204 };

function counting({ pauseMs = 60_000 } = {}) {
  const breaker = createHostBreaker({ threshold: 3, pauseMs });
  let attempts = 0;
  return {
    attempts: () => attempts,
    run: (result: AttemptResult, destination: Destination = DESTINATION) =>
      breaker.run(destination, async () => {
        attempts += 1;
        return result;
      }),
  };
}

describe('the breaker of a host', () => {
  it('lets no attempt through after some have failed in a row', async () => {
    const { run, attempts } = counting();
    for (let turn = 0; turn < 3; turn += 1) assert.equal(await run(DOWN), DOWN);
    assert.equal(await run(UP), undefined);
    assert.equal(attempts(), 3);
  });

  it('counts what the host is responsible for', async () => {
    const own: AttemptResult[] = [
      { kind: 'response', status: 404 },
      { kind: 'response', status: 410 },
      { kind: 'response', status: 302 },
      { kind: 'failure', reason: 'forbidden' },
      { kind: 'failure', reason: 'secrets' },
    ];
    const { run } = counting();
    for (const result of [...own, ...own]) assert.equal(await run(result), result);
    for (const fault of [{ kind: 'response', status: 429 }, { kind: 'failure', reason: 'timeout' }, DOWN] as const) {
      const other = counting();
      for (let turn = 0; turn < 3; turn += 1) await other.run(fault);
      assert.equal(await other.run(UP), undefined);
    }
  });

  it('starts to count again after a success', async () => {
    const { run } = counting();
    for (const result of [DOWN, DOWN, UP, DOWN, DOWN]) assert.equal(await run(result), result);
    assert.equal(await run(UP), UP);
  });

  it('concerns one host and one owner', async () => {
    const { run } = counting();
    for (let turn = 0; turn < 3; turn += 1) await run(DOWN);
    assert.equal(await run(UP), undefined);
    assert.equal(await run(UP, { ...DESTINATION, host: 'other.example' }), UP);
    assert.equal(await run(UP, { ...DESTINATION, owner: 'bob' }), UP);
  });

  it('lets one attempt decide after the pause', async (test) => {
    test.mock.timers.enable({ apis: ['Date'] });
    const { run, attempts } = counting({ pauseMs: 1_000 });
    for (let turn = 0; turn < 3; turn += 1) await run(DOWN);
    test.mock.timers.tick(1_000);
    assert.equal(await run(DOWN), DOWN);
    assert.equal(await run(UP), undefined);
    test.mock.timers.tick(1_000);
    assert.deepEqual([await run(UP), await run(UP)], [UP, UP]);
    assert.equal(attempts(), 6);
  });
});
