import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FoundJob } from '#lib/jobs/job-store.ts';
import { findTogether } from '#lib/store/jobs/find-together.ts';

const job = (id: string) => ({ record: { id } }) as FoundJob;

describe('jobs that are asked for at the same time', () => {
  it('are read with one query, and those asked for later with another one', async () => {
    const queries: (readonly string[])[] = [];
    const find = findTogether(async (ids) => {
      queries.push(ids);
      return ids.filter((id) => id !== 'gone').map(job);
    });
    const found = await Promise.all(['a', 'b', 'a', 'gone'].map(find));
    assert.deepEqual(
      found.map((each) => each?.record.id),
      ['a', 'b', 'a', undefined],
    );
    assert.equal((await find('a'))?.record.id, 'a');
    assert.deepEqual(queries, [['a', 'b', 'gone'], ['a']]);
  });

  it('are read a hundred at a time, also while a query is running', async () => {
    const sizes: number[] = [];
    const first = Promise.withResolvers<void>();
    const find = findTogether(async (ids) => {
      sizes.push(ids.length);
      if (sizes.length === 1) await first.promise;
      return ids.map(job);
    });
    const many = Promise.all(Array.from({ length: 150 }, (_, index) => find(`${index}`)));
    await new Promise(setImmediate);
    assert.equal((await find('late'))?.record.id, 'late');
    first.resolve();
    assert.equal((await many).length, 150);
    assert.deepEqual(sizes, [100, 50, 1]);
  });

  it('all fail when the query fails', async () => {
    const find = findTogether(async () => Promise.reject(new Error('down')));
    const found = await Promise.allSettled([find('a'), find('b')]);
    assert.deepEqual(
      found.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });
});
