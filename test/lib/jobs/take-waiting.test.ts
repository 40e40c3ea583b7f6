import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import type { AttemptOutcome } from '#lib/jobs/attempt.ts';
import { type TakenWaiting, type TakeWaitingOptions, takeWaiting } from '#lib/jobs/take-waiting.ts';
import { eventually } from '../../support/eventually.ts';
import { COMPLETED, type Jobs, openJobs, start, submit, take, takeOne } from '../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { QUIET_LOG } from '../../support/quiet-log.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let jobs: Jobs;

before(async () => {
  postgres = cleanUp.use(await startPostgres());
  jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url, { takes: false });
});
after(() => cleanUp.disposeAsync());
beforeEach(async () => {
  await jobs.queue.ready();
  await query(postgres.url, 'delete from pgboss.job; delete from jobs');
});

const LONG_MS = 900_000;
const NEVER = new AbortController().signal;

/** Runs waiting jobs like an invocation of a function does. Each completes at once unless `run` says otherwise. */
async function work(test: TestContext, options: Partial<TakeWaitingOptions> = {}): Promise<TakenWaiting> {
  const own = openJobs(test, postgres.url, { takes: false });
  return await takeWaiting({
    ...{ ...own, log: QUIET_LOG, signal: NEVER },
    run: async () => COMPLETED,
    remainingMs: () => LONG_MS,
    ...options,
  });
}

/** Returns the time that is left of these milliseconds. */
function clock(ms: number): () => number {
  const until = performance.now() + ms;
  return () => until - performance.now();
}

async function rowOf(id: string) {
  const [row] = await query(postgres.url, `select status, attempts, errors, lost, rank from jobs where id = '${id}'`);
  return row ?? assert.fail('no such job');
}

async function countsOf(id: string): Promise<unknown[]> {
  const { status, attempts, errors, lost } = await rowOf(id);
  return [status, attempts, errors, lost];
}

const untilStopped: TakeWaitingOptions['run'] = async (_job, _hooks, signal): Promise<AttemptOutcome> => {
  if (!signal.aborted) await once(signal, 'abort');
  return { kind: 'handed_back' };
};

describe('an invocation', () => {
  it('runs what waits, one job after another, and ends when the queue is empty', async (test) => {
    const ids = [await submit(jobs), await submit(jobs, { owner: 'bob' }), await submit(jobs, { priority: 1 })];
    const ran: string[] = [];
    let atOnce = 0;
    const taken = await work(test, {
      async run({ id }) {
        atOnce += 1;
        assert.equal(atOnce, 1);
        ran.push(id);
        await rowOf(id);
        atOnce -= 1;
        return COMPLETED;
      },
    });
    assert.deepEqual(taken, { started: 3, mayBeMore: false });
    assert.deepEqual(ran, [ids[2], ids[0], ids[1]]);
    assert.deepEqual(await work(test), { started: 0, mayBeMore: false });
  });

  it('does no harm while others run', async (test) => {
    const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => submit(jobs, { owner: `o${index % 3}` })));
    const taken = await Promise.all([work(test), work(test), work(test), work(test)]);
    assert.equal(
      taken.reduce((sum, { started }) => sum + started, 0),
      ids.length,
    );
    for (const id of ids) assert.deepEqual(await countsOf(id), ['completed', 1, 0, 0]);
  });

  it('starts no more jobs when the time is nearly over, and reports that there may be more', async (test) => {
    const [id = '', other = ''] = [await submit(jobs), await submit(jobs)];
    const times = { noMore: 60_000, handBack: 1_000, leave: 100 };
    const taken = await work(test, { remainingMs: clock(50_000), times });
    assert.deepEqual(taken, { started: 1, mayBeMore: true });
    assert.equal((await rowOf(id))['status'], 'completed');
    assert.deepEqual(await countsOf(other), ['pending', 0, 0, 0]);
  });

  it('starts nothing when there is no time at all', async (test) => {
    await submit(jobs);
    assert.deepEqual(await work(test, { remainingMs: () => 10_000 }), { started: 0, mayBeMore: true });
  });

  it('hands its job back before the platform ends it, which counts as neither an error nor a loss', async (test) => {
    const id = await submit(jobs);
    const times = { noMore: 4_500, handBack: 4_000, leave: 100 };
    const remainingMs = clock(5_000);
    const taken = await work(test, { run: untilStopped, remainingMs, times });
    assert.ok(remainingMs() > 1_000, `${remainingMs()} ms are left`);
    assert.deepEqual(taken, { started: 1, mayBeMore: true });
    assert.deepEqual(await countsOf(id), ['pending', 1, 0, 0]);
    await work(test);
    assert.deepEqual(await countsOf(id), ['completed', 2, 0, 0]);
  });

  it('hands its job back when its process is stopped', async (test) => {
    const id = await submit(jobs);
    const stopping = new AbortController();
    const run: TakeWaitingOptions['run'] = async (...attempt) => {
      stopping.abort();
      return await untilStopped(...attempt);
    };
    await work(test, { run, signal: stopping.signal });
    assert.deepEqual(await countsOf(id), ['pending', 1, 0, 0]);
  });

  it('leaves its job when the database is down at the end, and another invocation runs it', async (test) => {
    const id = await submit(jobs);
    const times = { noMore: 4_500, handBack: 4_000, leave: 2_000 };
    const run: TakeWaitingOptions['run'] = async (...attempt) => {
      await postgres.kill();
      return await untilStopped(...attempt);
    };
    try {
      assert.deepEqual(await work(test, { run, remainingMs: clock(5_000), times }), { started: 1, mayBeMore: true });
    } finally {
      await postgres.start();
    }
    await query(postgres.url, `update pgboss.job set heartbeat_on = now() - interval '61 s' where id = '${id}'`);
    await eventually(
      async () => {
        await work(test);
        assert.deepEqual(await countsOf(id), ['completed', 2, 0, 1]);
      },
      { withinMs: 20_000 },
    );
  });

  it('keeps the entry of its job alive', async (test) => {
    const id = await submit(jobs);
    await work(test, {
      async run() {
        await query(postgres.url, `update pgboss.job set heartbeat_on = now() - interval '50 s' where id = '${id}'`);
        await eventually(
          async () => {
            const [entry] = await query(
              postgres.url,
              `select heartbeat_on > now() - interval '20 s' as fresh from pgboss.job where id = '${id}'`,
            );
            assert.equal(entry?.['fresh'], true);
          },
          { withinMs: 15_000 },
        );
        return COMPLETED;
      },
    });
    assert.deepEqual(await countsOf(id), ['completed', 1, 0, 0]);
  });

  it('stops a job that another process has started', async (test) => {
    const id = await submit(jobs);
    const stopped = Promise.withResolvers<unknown>();
    const working = work(test, {
      async run(_job, _hooks, signal) {
        await query(postgres.url, `update pgboss.job set state = 'retry' where id = '${id}'`);
        const other = openJobs(test, postgres.url);
        await start(other);
        await once(signal, 'abort');
        stopped.resolve(signal.reason.kind);
        return { kind: 'handed_back' };
      },
    });
    assert.equal(await stopped.promise, 'stale');
    await working;
    assert.deepEqual(await countsOf(id), ['processing', 2, 0, 1]);
  });

  it('runs no more jobs of one account at once than allowed, wherever they run', async (test) => {
    for (const owner of ['ann', 'ann', 'bob']) await submit(jobs, { owner });
    const runner = openJobs(test, postgres.url);
    await takeOne(runner);
    const owners: string[] = [];
    const taken = await work(test, {
      accountConcurrency: 1,
      run: async ({ owner }) => {
        owners.push(owner);
        return COMPLETED;
      },
    });
    assert.deepEqual([taken.started, owners], [1, ['bob']]);
  });
});

describe('a job that does not fit into a function', () => {
  const handOver: TakeWaitingOptions['run'] = async () => ({ kind: 'handed_over' });

  it('waits for a runner, which counts as nothing, and functions leave it out', async (test) => {
    const [id = '', other = ''] = [await submit(jobs), await submit(jobs)];
    const taken = await work(test, { run: async ({ id: own }) => (own === id ? { kind: 'handed_over' } : COMPLETED) });
    assert.deepEqual(taken, { started: 2, mayBeMore: false });
    assert.deepEqual(await countsOf(id), ['pending', 1, 0, 0]);
    assert.deepEqual(await countsOf(other), ['completed', 1, 0, 0]);
    assert.deepEqual(await work(test), { started: 0, mayBeMore: false });
    await take(test, openJobs(test, postgres.url));
    await eventually(async () => assert.deepEqual(await countsOf(id), ['completed', 2, 0, 0]));
  });

  it('is the next that a runner takes, in the order of all such jobs', async (test) => {
    const late = await submit(jobs, { priority: 8 });
    const urgent = await submit(jobs, { priority: 2 });
    await work(test, { run: handOver });
    const fresh = await submit(jobs, { priority: 1 });
    const started: string[] = [];
    await take(test, openJobs(test, postgres.url), { onStart: ({ id }) => void started.push(id) });
    await eventually(() => assert.deepEqual(started, [urgent, late, fresh]));
  });

  it('stays with the runners when an attempt of theirs fails, and starts over after a retry', async (test) => {
    const id = await submit(jobs);
    await work(test, { run: handOver });
    const { rank } = await rowOf(id);
    const runner = openJobs(test, postgres.url);
    const { attempt } = await start(runner);
    await runner.rows.settle(id, attempt, { kind: 'handed_back' });
    assert.equal((await rowOf(id))['rank'], rank);
    await runner.queue.close();
    await jobs.rows.cancel(id);
    await jobs.rows.retry(id, { waiting: 9, waitingOfAccount: 9, storedBytesOfAccount: 9 });
    assert.deepEqual((await work(test)).started, 1);
  });

  it('does not keep others from rising to the front', async (test) => {
    const long = await submit(jobs);
    await work(test, { run: handOver });
    const waiting = await submit(jobs, { priority: 10 });
    await query(postgres.url, `update jobs set queued_at = now() - interval '2 hours' where id = '${long}'`);
    assert.equal(await jobs.rows.promoteLongestWaiting(), waiting);
    assert.equal((await rowOf(waiting))['rank'], -1);
    assert.deepEqual((await work(test)).started, 1);
  });
});
