import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { COMPLETED, type Jobs, openJobs, start, submit, take } from '../../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../../support/postgres.ts';
import { query } from '../../../support/query.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let jobs: Jobs;

before(async () => {
  postgres = cleanUp.use(await startPostgres());
  jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url);
});
after(() => cleanUp.disposeAsync());
beforeEach(async () => {
  await jobs.queue.ready();
  await query(postgres.url, 'delete from pgboss.job; delete from jobs; update job_turns set turn = 0');
});

/** Starts and completes the next job. Returns its id. */
async function next(): Promise<string> {
  const { id, attempt } = await start(jobs);
  await jobs.rows.settle(id, attempt, COMPLETED);
  return id;
}

/** Starts and completes the next jobs with one slot, like a runner does. */
async function nextOnes(count: number): Promise<string[]> {
  const ids: string[] = [];
  const done = Promise.withResolvers<void>();
  const taking = await take({ after: () => undefined }, jobs, {
    run: async ({ id }) => {
      if (ids.push(id) === count) done.resolve();
      return COMPLETED;
    },
  });
  await done.promise;
  await taking.stop();
  return ids.slice(0, count);
}

async function submitMany(count: number, fields: Parameters<typeof submit>[1]): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await submit(jobs, fields));
  return ids;
}

async function waited(id: string, minutes: number): Promise<void> {
  const text = `update jobs set queued_at = queued_at - interval '${minutes} minutes' where id = '${id}'`;
  await query(postgres.url, text);
}

async function positionOf(id: string): Promise<number | null | undefined> {
  return (await jobs.rows.find(id))?.record.queue_position;
}

describe('waiting jobs', () => {
  it('start by priority, and within a priority in their order', async () => {
    const ids = new Map<number, string[]>();
    for (const priority of [7, 1, 10, 5, 1, 7, 5, 10]) {
      ids.set(priority, [...(ids.get(priority) ?? []), await submit(jobs, { priority, owner: `of ${priority}` })]);
    }
    const expected = [1, 5, 7, 10].flatMap((priority) => ids.get(priority) ?? []);
    for (const [index, id] of expected.entries()) assert.equal(await positionOf(id), index + 1);
    // The tenth start would go to the one that has waited longest.
    assert.deepEqual(await nextOnes(8), expected);
  });

  it('of an owner with 100 let the first of another owner start next', async () => {
    const [first, second] = await submitMany(100, { owner: 'A' });
    assert.equal(await next(), first);
    const other = await submit(jobs, { owner: 'B' });
    const last = await submit(jobs, { owner: 'C' });
    assert.deepEqual([await positionOf(other), await positionOf(last), await positionOf(second ?? '')], [1, 2, 3]);
    assert.equal(await next(), other);
    assert.equal(await next(), last);
    assert.equal(await next(), second);
  });

  it('of several owners take turns', async () => {
    const a = await submitMany(4, { owner: 'A' });
    const b = await submitMany(2, { owner: 'B' });
    const c = await submitMany(3, { owner: 'C' });
    assert.deepEqual(await nextOnes(9), [a[0], b[0], c[0], a[1], b[1], c[1], a[2], c[2], a[3]]);
  });

  it('of an owner that comes later take turns from now on, and do not make up for what they missed', async () => {
    const a = await submitMany(6, { owner: 'A' });
    for (const id of a.slice(0, 4)) assert.equal(await next(), id);
    const b = await submitMany(3, { owner: 'B' });
    assert.deepEqual(await nextOnes(5), [b[0], a[4], b[1], a[5], b[2]]);
  });

  it('of one owner leave a slot to others', async (test) => {
    const a = await submitMany(5, { owner: 'A' });
    const running = new Set<string>();
    const gate = Promise.withResolvers<void>();
    const isRunning = Promise.withResolvers<void>();
    const b = Promise.withResolvers<void>();
    await take(test, jobs, {
      slots: 3,
      run: async ({ id, owner }) => {
        if (owner === 'B') b.resolve();
        running.add(id);
        if (running.size === 2) isRunning.resolve();
        await gate.promise;
        return COMPLETED;
      },
    });
    await isRunning.promise;
    await submit(jobs, { owner: 'B' });
    await b.promise;
    assert.equal(a.filter((id) => running.has(id)).length, 2);
    gate.resolve();
  });

  it('let every tenth start go to the one that has waited longest', async () => {
    const old = await submit(jobs, { priority: 10, owner: 'old' });
    await waited(old, 1);
    const urgent = await submitMany(12, { priority: 1 });
    assert.deepEqual(await nextOnes(13), [...urgent.slice(0, 9), old, ...urgent.slice(9)]);
  });
});

describe('a waiting job', () => {
  it('rises by one priority every ten minutes, but not above 4', async () => {
    const [old = '', young = '', high = ''] = [
      await submit(jobs, { priority: 10 }),
      await submit(jobs, { priority: 10 }),
      await submit(jobs, { priority: 2 }),
    ];
    const priorities = async () =>
      (await query(postgres.url, 'select rank / 200000000 + 1 as priority from jobs order by id')).map(
        ({ priority }) => priority,
      );
    await waited(high, 500);
    await waited(young, 9);
    const seen: unknown[] = [];
    for (const minutes of [9, 2, 10, 40, 1_000]) {
      await waited(old, minutes);
      await jobs.rows.age();
      seen.push((await priorities())[0]);
    }
    assert.deepEqual(seen, [10, 9, 8, 4, 4]);
    assert.deepEqual((await priorities()).slice(1), [10, 2]);
    const [entry] = await query(postgres.url, `select priority from pgboss.job where id = '${old}'`);
    const [row] = await query(postgres.url, `select rank from jobs where id = '${old}'`);
    assert.equal(entry?.['priority'], -Number(row?.['rank']));
    assert.equal(await jobs.rows.age(), 0);
  });

  it('of priority 10 starts within 70 minutes under a steady stream of priority 4', async () => {
    const patient = await submit(jobs, { priority: 10, owner: 'patient' });
    // Ten minutes at a time: more jobs of priority 4 come than can be started, from an owner with a backlog and from others.
    for (let minute = 0, started: string[] = []; !started.includes(patient); minute += 10) {
      assert.ok(minute <= 70, `it has not started after ${minute} minutes`);
      for (const owner of ['busy', 'busy', 'busy', `new ${minute}`]) await submit(jobs, { priority: 4, owner });
      started = [await next(), await next()];
      await query(
        postgres.url,
        `update jobs set queued_at = queued_at - interval '10 minutes' where status = 'pending'`,
      );
      await jobs.rows.age();
    }
  });

  it('does not let an owner push in with many aged jobs', async () => {
    for (const id of await submitMany(20, { priority: 10, owner: 'A' })) await waited(id, 200);
    await jobs.rows.age();
    const b = await submitMany(3, { priority: 4, owner: 'B' });
    const started = await nextOnes(6);
    assert.equal(started.filter((id) => b.includes(id)).length, 3);
  });
});
