import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLookupTurns } from '#lib/sources/connection/lookup-turns.ts';

const never = new AbortController().signal;

describe('the turns of lookups', () => {
  it('are given to each subject up to its limit, and to all up to the total', async () => {
    const turns = createLookupTurns({ total: 3, perSubject: 2 });
    const started: string[] = [];
    const take = async (subject: string) => {
      const turn = await turns.take(subject, never);
      started.push(subject);
      return turn;
    };
    const greedy = Array.from({ length: 5 }, () => take('greedy'));
    const other = take('other');
    const third = take('third');
    await new Promise(setImmediate);
    assert.deepEqual(started, ['greedy', 'greedy', 'other']);
    (await greedy[0])?.[Symbol.dispose]();
    await new Promise(setImmediate);
    assert.deepEqual(started, ['greedy', 'greedy', 'other', 'greedy'], 'in the order in which they asked');
    (await other)[Symbol.dispose]();
    await third;
    assert.deepEqual(started.slice(4), ['third']);
  });

  it('are not given to those who have left', async () => {
    const turns = createLookupTurns({ total: 1, perSubject: 1 });
    const first = await turns.take('a', never);
    const reason = new Error('left');
    const controller = new AbortController();
    const leaving = turns.take('a', controller.signal);
    const staying = turns.take('a', never);
    controller.abort(reason);
    await assert.rejects(leaving, reason);
    first[Symbol.dispose]();
    (await staying)[Symbol.dispose]();
    await assert.rejects(turns.take('a', controller.signal), reason);
    (await turns.take('b', never))[Symbol.dispose]();
  });
});
