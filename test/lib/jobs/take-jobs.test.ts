import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import type { AttemptOutcome } from '#lib/jobs/attempt.ts';
import type { StoredJob } from '#lib/jobs/job-store.ts';
import { readEvents } from '#lib/store/events.ts';
import { eventually } from '../../support/eventually.ts';
import { COMPLETED, type Jobs, openJobs, start, storedResult, submit, take } from '../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { startRunner } from '../../support/runner.ts';

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

async function recordOf(id: string): Promise<StoredJob> {
  const found = await jobs.rows.find(id);
  assert.ok(found);
  return found.record;
}

/** Waits until the job has this status. */
async function becomes(id: string, status: StoredJob['status']): Promise<StoredJob> {
  return await eventually(
    async () => {
      const record = await recordOf(id);
      assert.equal(record.status, status);
      return record;
    },
    { withinMs: 10_000 },
  );
}

async function rowOf(id: string): Promise<Record<string, unknown> | undefined> {
  return (await query(postgres.url, `select attempts, errors, lost from jobs where id = '${id}'`))[0];
}

async function completedEvents(id: string): Promise<number> {
  const events = await jobs.store.database.run((db) => readEvents(db, { subject: id, after: '0' }));
  return events.filter(({ type, data }) => type === 'status' && (data as StoredJob).status === 'completed').length;
}

/** An attempt that waits until it is told to end, or to stop. */
function held() {
  const ends = Promise.withResolvers<AttemptOutcome>();
  const starts = Promise.withResolvers<void>();
  const stops = Promise.withResolvers<unknown>();
  return {
    end: ends.resolve,
    started: starts.promise,
    stopped: stops.promise,
    run: async (_job: unknown, _hooks: unknown, signal: AbortSignal): Promise<AttemptOutcome> => {
      starts.resolve();
      const stopped = once(signal, 'abort').then((): AttemptOutcome => {
        stops.resolve(signal.reason.kind);
        return { kind: 'cancelled' };
      });
      return await Promise.race([ends.promise, stopped]);
    },
  };
}

describe('a runner', () => {
  it('runs a job, with its reports, objects and log', async (test) => {
    const id = await submit(jobs);
    const phases: string[] = [];
    const onStart = Promise.withResolvers<number>();
    await take(test, openJobs(test, postgres.url), {
      onStart: ({ waitedSeconds }) => onStart.resolve(waitedSeconds),
      run: async (job, { progress, log, object }) => {
        log({ part: 'log', text: 'one\n' });
        progress({ phase: 'encoding', progress: 30 });
        await eventually(async () => assert.equal((await recordOf(id)).progress, 30));
        phases.push((await recordOf(id)).phase);
        log({ part: 'log', text: 'two\n' });
        await object({ key: `${job.id}/1/a` });
        return { kind: 'completed', result: storedResult(`${job.id}/1/a`), warnings: [] };
      },
    });
    const record = await becomes(id, 'completed');
    assert.equal(record.result?.outputs[0]?.key, `${id}/1/a`);
    assert.deepEqual(phases, ['encoding']);
    assert.equal(await jobs.rows.readLog(id, 'log'), 'one\ntwo\n');
    assert.ok((await onStart.promise) < 30);
  });

  it('stops a job that is cancelled', async (test) => {
    const id = await submit(jobs);
    const attempt = held();
    await take(test, openJobs(test, postgres.url), attempt);
    await attempt.started;
    const cancelledAt = performance.now();
    assert.equal((await jobs.rows.cancel(id))?.kind, 'requested');
    assert.equal(await attempt.stopped, 'cancelled');
    await becomes(id, 'cancelled');
    assert.ok(performance.now() - cancelledAt < 2_000);
  });

  it('stops a job whose cancellation it did not hear, once it listens again', async (test) => {
    const id = await submit(jobs);
    const attempt = held();
    await take(test, openJobs(test, postgres.url), attempt);
    await attempt.started;
    await query(postgres.url, `update jobs set cancel_requested_at = now() where id = '${id}'`);
    await query(
      postgres.url,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ffmpeg-functions notifications'`,
    );
    assert.equal(await attempt.stopped, 'cancelled');
    await becomes(id, 'cancelled');
  });

  it('hands its job back when it is stopped, and another one goes on', async (test) => {
    const id = await submit(jobs);
    const attempt = held();
    const taking = await take(test, openJobs(test, postgres.url), attempt);
    await attempt.started;
    await taking.stop();
    assert.equal(await attempt.stopped, 'handed_back');
    assert.deepEqual(await rowOf(id), { attempts: 1, errors: 0, lost: 0 });
    assert.equal((await recordOf(id)).status, 'pending');
    await take(test, openJobs(test, postgres.url));
    await becomes(id, 'completed');
    assert.deepEqual(await rowOf(id), { attempts: 2, errors: 0, lost: 0 });
  });

  it('ends its job, but takes no other one, when it is drained', async (test) => {
    const [id = '', other = ''] = [await submit(jobs), await submit(jobs)];
    const attempt = held();
    const taking = await take(test, openJobs(test, postgres.url), attempt);
    await attempt.started;
    const drained = taking.drain();
    attempt.end(COMPLETED);
    await drained;
    assert.equal((await recordOf(id)).status, 'completed');
    assert.equal((await recordOf(other)).status, 'pending');
  });

  it('stops a job that another process has started', async (test) => {
    const id = await submit(jobs);
    const attempt = held();
    await take(test, openJobs(test, postgres.url), {
      run: async (job, hooks, signal) => {
        hooks.progress({ progress: 1 });
        const reporting = setInterval(() => hooks.progress({ progress: 2 }), 100);
        return await attempt.run(job, hooks, signal).finally(() => clearInterval(reporting));
      },
    });
    await attempt.started;
    await query(postgres.url, `update pgboss.job set state = 'retry' where id = '${id}'`);
    const other = openJobs(test, postgres.url);
    const second = await start(other);
    assert.equal(await attempt.stopped, 'stale');
    await other.rows.settle(id, second.attempt, COMPLETED);
    assert.deepEqual(await rowOf(id), { attempts: 2, errors: 0, lost: 1 });
    assert.equal(await completedEvents(id), 1);
  });

  it('fails a job, recoverably, when the attempt throws', async (test) => {
    const id = await submit(jobs);
    await take(test, openJobs(test, postgres.url), {
      run: async () => {
        throw new AppError('UNAVAILABLE', { part: 'storage' });
      },
    });
    await eventually(async () => assert.equal((await recordOf(id)).errors, 1));
    assert.equal((await recordOf(id)).status, 'pending');
  });
});

describe('a runner that was killed', () => {
  it('has its jobs run again within 5 s when it is back', async (test) => {
    const machineId = uuid();
    const [id = '', other = ''] = [await submit(jobs), await submit(jobs, { owner: 'bob' })];
    const first = startRunner(test, { url: postgres.url, machineId });
    await Promise.all([first.started(id, 1), first.started(other, 1)]);
    await eventually(async () => assert.equal((await recordOf(id)).progress, 50));
    await first.kill();
    const second = startRunner(test, { url: postgres.url, machineId });
    await second.loaded();
    const restartedAt = performance.now();
    await Promise.all([second.started(id, 2), second.started(other, 2)]);
    assert.ok(performance.now() - restartedAt < 5_000, `${performance.now() - restartedAt} ms`);
    for (const each of [id, other]) assert.deepEqual(await rowOf(each), { attempts: 2, errors: 0, lost: 1 });
    assert.equal((await recordOf(id)).progress, 50);
  });

  it('has its jobs run by another machine once its heartbeat is overdue', async (test) => {
    const id = await submit(jobs);
    const first = startRunner(test, { url: postgres.url, machineId: uuid() });
    await first.started(id, 1);
    await take(test, openJobs(test, postgres.url));
    await first.kill();
    // The rest of the minute.
    await query(postgres.url, `update pgboss.job set heartbeat_on = now() - interval '59 s' where id = '${id}'`);
    const overdueAt = performance.now();
    await eventually(async () => assert.equal((await recordOf(id)).status, 'completed'), { withinMs: 15_000 });
    assert.ok(performance.now() - overdueAt < 15_000);
    assert.deepEqual(await rowOf(id), { attempts: 2, errors: 0, lost: 1 });
    assert.equal(await completedEvents(id), 1);
  });
});

it('jobs go on while the database is away, whether they end during that time or after it', async (test) => {
  const runner = openJobs(test, postgres.url);
  const [id = '', other = ''] = [await submit(jobs), await submit(jobs)];
  const attempts = new Map([id, other].map((each) => [each, held()]));
  await take(test, runner, {
    slots: 2,
    accountConcurrency: 2,
    run: async (job, hooks, signal) => {
      hooks.progress({ phase: 'encoding', progress: 10 });
      const attempt = attempts.get(job.id);
      assert.ok(attempt);
      return await attempt.run(job, hooks, signal);
    },
  });
  await Promise.all([...attempts.values()].map(({ started }) => started));
  await postgres.kill();
  attempts.get(id)?.end(COMPLETED);
  await delay(3_000);
  await postgres.start();
  await becomes(id, 'completed');
  attempts.get(other)?.end(COMPLETED);
  await becomes(other, 'completed');
  for (const each of [id, other]) {
    assert.deepEqual(await rowOf(each), { attempts: 1, errors: 0, lost: 0 });
    assert.equal(await completedEvents(each), 1);
  }
});
