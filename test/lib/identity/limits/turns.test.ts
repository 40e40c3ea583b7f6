import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { createTurns } from '#lib/identity/limits/turns.ts';

/** Returns a task that runs until the test ends it. */
function task() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const run = mock.fn(() => promise);
  return { run, resolve, reject };
}

const settle = () => new Promise(setImmediate);

describe('turns', () => {
  it('run a limited number of tasks in parallel, and the others in order', async () => {
    const inTurn = createTurns({ atOnce: 2, waitMs: 1_000 });
    const tasks = [task(), task(), task(), task()] as const;
    const results = tasks.map(({ run }) => inTurn(run));
    const begun = () => tasks.map(({ run }) => run.mock.callCount());
    await settle();
    assert.deepEqual(begun(), [1, 1, 0, 0]);
    tasks[1].resolve('b');
    await settle();
    assert.deepEqual(begun(), [1, 1, 1, 0]);
    for (const [index, { resolve }] of tasks.entries()) resolve('abcd'.charAt(index));
    assert.deepEqual(await Promise.all(results), ['a', 'b', 'c', 'd']);
  });

  it('fail all queued tasks when one fails, and continue with later ones', async () => {
    const inTurn = createTurns({ atOnce: 1, waitMs: 1_000 });
    const [first, second, third] = [task(), task(), task()];
    const refused = [first, second].map(({ run }) => assert.rejects(inTurn(run), /down/));
    await settle();
    first.reject(new Error('down'));
    await Promise.all(refused);
    assert.equal(second.run.mock.callCount(), 0);
    third.resolve('c');
    assert.equal(await inTurn(third.run), 'c');
  });

  it('fail for a task that waits too long', async () => {
    const inTurn = createTurns({ atOnce: 1, waitMs: 0 });
    const [first, second] = [task(), task()];
    const done = inTurn(first.run);
    const late = assert.rejects(inTurn(second.run), { code: 'UNAVAILABLE', details: { part: 'store' } });
    await settle();
    first.resolve('a');
    assert.equal(await done, 'a');
    await late;
    assert.equal(second.run.mock.callCount(), 0);
  });
});
