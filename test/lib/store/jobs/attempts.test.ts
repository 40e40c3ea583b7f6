import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import { AppError } from '#lib/errors.ts';
import type { AttemptOutcome } from '#lib/jobs/attempt.ts';
import type { FoundJob, StoredJob } from '#lib/jobs/job-store.ts';
import { readEvents } from '#lib/store/events.ts';
import {
  COMPLETED,
  type Jobs,
  NO_LIMITS,
  openJobs,
  SPEC,
  start,
  storedResult,
  submit,
  takeOne,
} from '../../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../../support/postgres.ts';
import { query } from '../../../support/query.ts';

const cleanUp = new AsyncDisposableStack();
const settled: FoundJob[] = [];
/** Each new status, as it is logged: from, to, reason. */
const changes: (string | null | undefined)[][] = [];
let postgres: Postgres;
let jobs: Jobs;

before(async () => {
  postgres = cleanUp.use(await startPostgres());
  const onSettled = async (_: unknown, job: FoundJob) => void settled.push(job);
  jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url, {
    onSettled,
    onStatus: ({ from, record, reason }) => void changes.push([from, record.status, reason]),
  });
});
after(() => cleanUp.disposeAsync());
beforeEach(async () => {
  settled.length = 0;
  changes.length = 0;
  await jobs.queue.ready();
  await query(postgres.url, 'delete from pgboss.job; delete from jobs; delete from job_objects');
});

async function recordOf(id: string): Promise<StoredJob> {
  const found = await jobs.rows.find(id);
  assert.ok(found);
  return found.record;
}

async function entryOf(id: string): Promise<Record<string, unknown> | undefined> {
  return (await query(postgres.url, `select * from pgboss.job where id = '${id}'`))[0];
}

async function eventsOf(id: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const events = await jobs.store.database.run((db) => readEvents(db, { subject: id, after: '0' }));
  return events.map(({ type, data }) => ({ type, data: data as Record<string, unknown> }));
}

async function objectsOf(id: string): Promise<[key: unknown, upload: unknown, doomed: boolean][]> {
  const rows = await query(postgres.url, `select * from job_objects where job_id = '${id}' order by key, upload_id`);
  return rows.map((row) => [row['key'], row['upload_id'], row['delete_at'] !== null]);
}

/** Makes the queue give the entry to the next that asks, like after the death of its runner. */
async function loseEntry(id: string): Promise<void> {
  await query(postgres.url, `update pgboss.job set state = 'retry', heartbeat_on = null where id = '${id}'`);
}

/** Makes a job that waits for its delay start now. */
async function skipDelay(id: string): Promise<void> {
  await query(postgres.url, `update pgboss.job set start_after = now() where id = '${id}'`);
}

const failure: AttemptOutcome = { kind: 'failed', error: new AppError('TIMEOUT', { phase: 'fetching' }), retry: true };

describe('an attempt', () => {
  it('runs, reports and completes: one result, one completed event, and the callback in the same transaction', async () => {
    const id = await submit(jobs, { expiresInDays: 2, callbackUrl: 'https://example.com/' });
    const job = await start(jobs);
    assert.deepEqual([job.id, job.attempt, job.progress, job.spec], [id, 1, null, SPEC]);
    assert.deepEqual([(await recordOf(id)).status, (await recordOf(id)).queue_position], ['processing', null]);
    assert.equal(
      await jobs.rows.progress(id, 1, { phase: 'encoding', progress: 40.04, etaSeconds: 3, speed: 2 }),
      'running',
    );
    await jobs.rows.object(id, 1, { key: 'a' });
    const outcome = { kind: 'completed', result: storedResult('a'), warnings: ['late'] } as const;
    assert.equal((await jobs.rows.settle(id, 1, outcome)).kind, 'settled');
    // Like a retry after a commit whose response was lost.
    assert.equal((await jobs.rows.settle(id, 1, outcome)).kind, 'stale');
    const record = await recordOf(id);
    assert.deepEqual(
      [record.status, record.phase, record.progress, record.warnings],
      ['completed', 'done', 100, ['late']],
    );
    assert.equal(record.result?.outputs[0]?.key, 'a');
    const days = (Date.parse(record.result?.expires_at ?? '') - Date.parse(record.ended_at ?? '')) / 86_400_000;
    assert.equal(days, 2);
    assert.deepEqual(await jobs.rows.usage('ann'), { waiting: 0, running: 0, storedBytes: 1_000 });
    assert.equal((await entryOf(id))?.['state'], 'completed');
    assert.deepEqual(
      settled.map(({ record: { status }, callbackUrl }) => [status, callbackUrl]),
      [['completed', 'https://example.com/']],
    );
    const events = await eventsOf(id);
    assert.deepEqual(
      events.map(({ type, data }) => [type, data['status'], data['phase']]),
      [
        ['status', 'pending', 'queued'],
        ['status', 'processing', 'fetching'],
        ['status', 'processing', 'encoding'],
        ['status', 'completed', 'done'],
        ['end', 'completed', 'done'],
      ],
    );
  });

  it('is not settled at all when the callback cannot be written', async (test) => {
    const failing = openJobs(test, postgres.url, {
      onSettled: async () => {
        throw new Error('no callback');
      },
    });
    const id = await submit(jobs);
    await start(jobs);
    await assert.rejects(failing.rows.settle(id, 1, COMPLETED), /no callback/);
    assert.equal((await recordOf(id)).status, 'processing');
    assert.equal((await entryOf(id))?.['state'], 'active');
    assert.ok(!(await eventsOf(id)).some(({ type }) => type === 'end'));
  });

  it('never reports less than before, nor 100 before the end, also in a later attempt', async () => {
    const id = await submit(jobs);
    await start(jobs);
    const seen: unknown[] = [];
    for (const progress of [10, 5, Number.NaN, 60, 100]) {
      await jobs.rows.progress(id, 1, { progress });
      seen.push((await recordOf(id)).progress);
    }
    assert.deepEqual(seen, [10, 10, 10, 60, 99.9]);
    await jobs.rows.settle(id, 1, { kind: 'handed_back' });
    assert.deepEqual([(await recordOf(id)).progress, (await recordOf(id)).phase], [99.9, 'queued']);
    const again = await start(jobs);
    assert.deepEqual([again.attempt, again.progress], [2, 99.9]);
    await jobs.rows.progress(id, 2, { progress: 1 });
    assert.equal((await recordOf(id)).progress, 99.9);
  });

  it('that is stale changes nothing', async () => {
    const id = await submit(jobs);
    await start(jobs);
    await jobs.rows.object(id, 1, { key: 'old', uploadId: 'u1' });
    await jobs.rows.log(id, 1, { part: 'log', text: 'old' });
    await loseEntry(id);
    const second = await start(jobs, { id: uuid() });
    assert.equal(second.attempt, 2);
    assert.equal(await jobs.rows.progress(id, 1, { progress: 90 }), 'stale');
    await assert.rejects(jobs.rows.object(id, 1, { key: 'late' }), { code: 'CONFLICT' });
    await jobs.rows.log(id, 2, { part: 'log', text: 'new' });
    await jobs.rows.log(id, 1, { part: 'log', text: 'late' });
    assert.deepEqual(await jobs.rows.settle(id, 1, COMPLETED), { kind: 'stale' });
    assert.equal((await recordOf(id)).progress, null);
    assert.equal(await jobs.rows.readLog(id, 'log'), 'new');
    // What the lost runner may still write is deleted twice.
    assert.deepEqual(await objectsOf(id), [
      ['old', 'u1', true],
      ['old', null, true],
    ]);
    const doomed = await jobs.rows.doomedObjects(10);
    assert.deepEqual(
      doomed.map(({ key, uploadId }) => [key, uploadId]).toSorted(),
      [
        ['old', 'u1'],
        ['old', null],
      ].toSorted(),
    );
    await jobs.rows.forgetObjects(doomed.map((object) => object.id));
    assert.equal((await objectsOf(id)).length, 2);
    assert.deepEqual(await jobs.rows.doomedObjects(10), []);
    await query(postgres.url, 'update job_objects set delete_at = now()');
    await jobs.rows.forgetObjects((await jobs.rows.doomedObjects(10)).map((object) => object.id));
    assert.deepEqual(await objectsOf(id), []);
    assert.equal((await jobs.rows.settle(id, 2, COMPLETED)).kind, 'settled');
    assert.equal((await eventsOf(id)).filter(({ data }) => data['status'] === 'completed').length, 2);
  });

  it('that completes keeps every file of its package, and none of an attempt before it', async () => {
    const id = await submit(jobs);
    await start(jobs);
    await jobs.rows.object(id, 1, { key: '1/web/master.m3u8' });
    await loseEntry(id);
    await start(jobs, { id: uuid() });
    const files = ['2/web/master.m3u8', '2/web/240p.m3u8', '2/web/240p.mp4'];
    for (const key of files) await jobs.rows.object(id, 2, { key });
    const [output] = storedResult('2/web/master.m3u8').outputs;
    assert.ok(output);
    const result = { outputs: [{ ...output, format: 'hls', files }], cached: false };
    assert.equal((await jobs.rows.settle(id, 2, { kind: 'completed', result, warnings: [] })).kind, 'settled');
    const kept = (await objectsOf(id)).filter(([, , doomed]) => !doomed).map(([key]) => key);
    assert.deepEqual(kept.toSorted(), files.toSorted());
    assert.deepEqual((await recordOf(id)).result?.outputs[0]?.files, files);
  });

  it('is started by one of two processes that think they hold the entry', async () => {
    const id = await submit(jobs);
    const entry = await takeOne(jobs);
    await loseEntry(id);
    const taken = await takeOne(jobs);
    assert.deepEqual([entry.claim, taken.claim], [0, 1]);
    assert.equal(await jobs.rows.claim(entry, jobs.instance), undefined);
    assert.equal((await jobs.rows.claim(taken, { id: uuid() }))?.attempt, 1);
  });
});

describe('a job', () => {
  it('is started again after three recoverable failures, and fails with the fourth', async () => {
    const id = await submit(jobs);
    for (const [errors, delay] of [
      [1, 5],
      [2, 10],
      [3, 20],
    ] as const) {
      const job = await start(jobs);
      const result = await jobs.rows.settle(id, job.attempt, failure);
      assert.ok(result.kind === 'settled');
      assert.deepEqual([result.status, result.record.errors, result.record.error], ['pending', errors, null]);
      const [row] = await query(
        postgres.url,
        `select extract(epoch from start_after - now())::float8 as delay from pgboss.job where id = '${id}'`,
      );
      assert.ok(Math.abs(Number(row?.['delay']) - delay) < 2, String(row?.['delay']));
      await skipDelay(id);
    }
    const last = await jobs.rows.settle(id, (await start(jobs)).attempt, failure);
    assert.ok(last.kind === 'settled');
    assert.deepEqual(
      [last.status, last.record.errors, last.record.attempts, last.record.error?.code],
      ['failed', 3, 4, 'TIMEOUT'],
    );
    assert.deepEqual(changes.slice(-2), [
      ['pending', 'processing', undefined],
      ['processing', 'failed', 'TIMEOUT'],
    ]);
    assert.deepEqual(
      settled.map(({ record }) => record.status),
      ['failed'],
    );
  });

  it('fails as RUNNER_LOST when its fourth runner has died', async () => {
    const id = await submit(jobs);
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      assert.equal((await start(jobs, { id: uuid() })).attempt, attempt);
      await loseEntry(id);
    }
    const entry = await takeOne(jobs);
    assert.equal(await jobs.rows.claim(entry, jobs.instance), undefined);
    const { status, error, errors } = await recordOf(id);
    assert.deepEqual([status, error?.code, error?.details, errors], ['failed', 'RUNNER_LOST', { lost: 4 }, 0]);
    assert.deepEqual(changes, [
      [null, 'pending', undefined],
      ['pending', 'processing', undefined],
      ...[2, 3, 4].map(() => ['processing', 'processing', 'lost']),
      ['processing', 'failed', 'lost'],
    ]);
  });

  it('may be handed back any number of times, which counts as nothing', async () => {
    const id = await submit(jobs);
    await jobs.queue.ready();
    // pg-boss would give it up now.
    await query(postgres.url, `update pgboss.job set retry_count = 50, started_on = now() where id = '${id}'`);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await start(jobs);
      await jobs.rows.settle(id, attempt, { kind: 'handed_back' });
    }
    const [row] = await query(postgres.url, `select errors, lost, attempts, status from jobs where id = '${id}'`);
    assert.deepEqual(row, { errors: 0, lost: 0, attempts: 3, status: 'pending' });
    assert.equal((await entryOf(id))?.['retry_count'], 53);
  });

  it('keeps of its objects only those of the result', async () => {
    const id = await submit(jobs);
    await start(jobs);
    await jobs.rows.object(id, 1, { key: '1/a' });
    await jobs.rows.settle(id, 1, failure);
    assert.deepEqual(await objectsOf(id), [['1/a', null, true]]);
    await skipDelay(id);
    await start(jobs);
    for (const object of [{ key: '2/a' }, { key: '2/a', uploadId: 'u' }, { key: '2/draft' }]) {
      await jobs.rows.object(id, 2, object);
    }
    await jobs.rows.settle(id, 2, { kind: 'completed', result: storedResult('2/a'), warnings: [] });
    assert.deepEqual(await objectsOf(id), [
      ['1/a', null, true],
      ['2/a', 'u', true],
      ['2/a', null, false],
      ['2/draft', null, true],
    ]);
    await query(postgres.url, `update jobs set result_expires_at = now()`);
    assert.equal(await jobs.rows.expireResults(), 1);
    assert.equal((await recordOf(id)).result, null);
    assert.equal(
      (await objectsOf(id)).every(([, , doomed]) => doomed),
      true,
    );
  });

  it('keeps the end of the log of its latest attempt, and its command lines', async () => {
    const id = await submit(jobs);
    await start(jobs);
    await jobs.rows.log(id, 1, { part: 'command', text: 'ffmpeg -i a\n' });
    await jobs.rows.log(id, 1, { part: 'log', text: 'x'.repeat(262_144) });
    await jobs.rows.log(id, 1, { part: 'log', text: 'end \0' });
    const log = await jobs.rows.readLog(id, 'log');
    assert.deepEqual([log.length, log.slice(-6)], [262_144, 'xend \ufffd']);
    assert.equal(await jobs.rows.readLog(id, 'command'), 'ffmpeg -i a\n');
    assert.equal(await jobs.rows.readLog(uuid(), 'log'), '');
  });
});

describe('a cancellation', () => {
  it('ends a waiting job at once, which is not started any more', async () => {
    const id = await submit(jobs);
    const cancelled = await jobs.rows.cancel(id);
    assert.deepEqual([cancelled?.kind, cancelled?.record.status], ['cancelled', 'cancelled']);
    assert.equal((await entryOf(id))?.['state'], 'cancelled');
    assert.equal((await jobs.rows.cancel(id))?.kind, 'ended');
    assert.equal(await jobs.rows.cancel(uuid()), undefined);
    assert.deepEqual(
      settled.map(({ record }) => record.status),
      ['cancelled'],
    );
  });

  it('ends a job whose entry was taken but not started', async () => {
    const id = await submit(jobs);
    const entry = await takeOne(jobs);
    await jobs.rows.cancel(id);
    assert.equal(await jobs.rows.claim(entry, jobs.instance), undefined);
    assert.equal((await recordOf(id)).status, 'cancelled');
    assert.deepEqual(changes.at(-1), ['pending', 'cancelled', undefined]);
  });

  it('of a running job is heard by its runner, and holds whatever the attempt does', async () => {
    const id = await submit(jobs);
    await start(jobs);
    const heard = Promise.withResolvers<string>();
    const listening = Promise.withResolvers<void>();
    const unlisten = jobs.rows.onCancelled((told) => (told === undefined ? listening.resolve() : heard.resolve(told)));
    await listening.promise;
    assert.equal((await jobs.rows.cancel(id))?.kind, 'requested');
    assert.equal(await heard.promise, id);
    unlisten();
    assert.equal(await jobs.rows.progress(id, 1, { progress: 1 }), 'cancelled');
    await jobs.rows.settle(id, 1, COMPLETED);
    assert.deepEqual([(await recordOf(id)).status, (await recordOf(id)).result], ['cancelled', null]);
  });

  it('of a running job ends it when its runner dies', async () => {
    const id = await submit(jobs);
    await start(jobs, { id: uuid() });
    await jobs.rows.cancel(id);
    await loseEntry(id);
    assert.equal(await jobs.rows.claim(await takeOne(jobs), jobs.instance), undefined);
    assert.equal((await recordOf(id)).status, 'cancelled');
    assert.deepEqual(changes.at(-1), ['processing', 'cancelled', 'lost']);
  });
});

describe('a request to run a job again', () => {
  it('keeps its id and counts its claims on, but starts its other counts at zero', async () => {
    const id = await submit(jobs);
    await start(jobs);
    await jobs.rows.settle(id, 1, { ...failure, retry: false });
    const retried = await jobs.rows.retry(id, NO_LIMITS);
    assert.ok(retried?.kind === 'queued');
    assert.deepEqual([retried.record.error, retried.record.ended_at, retried.record.queue_position], [null, null, 1]);
    assert.ok(!(await eventsOf(id)).some(({ type }) => type === 'end'));
    const entry = await takeOne(jobs);
    assert.equal(entry.claim, 1);
    assert.equal((await jobs.rows.claim(entry, jobs.instance))?.attempt, 2);
    await jobs.rows.settle(id, 2, COMPLETED);
    assert.deepEqual(await jobs.rows.retry(id, NO_LIMITS), { kind: 'not_possible', status: 'completed' });
    assert.equal(await jobs.rows.retry(uuid(), NO_LIMITS), undefined);
  });

  it('makes a new entry when the old one is gone', async () => {
    const id = await submit(jobs);
    await jobs.rows.cancel(id);
    await query(postgres.url, `delete from pgboss.job where id = '${id}'`);
    assert.equal((await jobs.rows.retry(id, NO_LIMITS))?.kind, 'queued');
    assert.equal((await start(jobs)).id, id);
  });

  it('is refused over a limit', async () => {
    const id = await submit(jobs);
    await jobs.rows.cancel(id);
    const refused = await jobs.rows.retry(id, { ...NO_LIMITS, waiting: 0 });
    assert.equal(refused?.kind, 'refused');
    assert.equal((await recordOf(id)).status, 'cancelled');
  });
});

describe('a deletion', () => {
  it('removes the job with its entry, events and logs, and dooms its objects; a running job stays', async () => {
    const id = await submit(jobs);
    await start(jobs);
    await jobs.rows.object(id, 1, { key: 'a' });
    await jobs.rows.log(id, 1, { part: 'log', text: 'x' });
    assert.equal(await jobs.rows.remove(id), 'running');
    await jobs.rows.settle(id, 1, { kind: 'completed', result: storedResult('a'), warnings: [] });
    assert.equal(await jobs.rows.remove(id), 'removed');
    assert.equal(await jobs.rows.remove(id), undefined);
    assert.deepEqual([await jobs.rows.find(id), await entryOf(id), await eventsOf(id)], [undefined, undefined, []]);
    assert.equal(await jobs.rows.readLog(id, 'log'), '');
    assert.deepEqual(await objectsOf(id), [['a', null, true]]);
  });

  it('happens by itself some time after the end, unless there is a result', async () => {
    const [old = '', kept = '', young = ''] = [await submit(jobs), await submit(jobs), await submit(jobs)];
    for (const id of [old, young]) await jobs.rows.cancel(id);
    await start(jobs);
    await jobs.rows.settle(kept, 1, { kind: 'completed', result: storedResult('a'), warnings: [] });
    await query(postgres.url, `update jobs set ended_at = now() - interval '40 days' where id <> '${young}'`);
    const later = new Date(Date.now() + 1_000);
    assert.equal(await jobs.rows.deleteEndedBefore(new Date(Date.now() - 30 * 86_400_000)), 0, 'their ids are young');
    assert.equal(await jobs.rows.deleteEndedBefore(later), 2);
    assert.deepEqual(
      (await jobs.rows.list({ owner: 'ann', limit: 9 })).map(({ id }) => id),
      [kept],
    );
  });
});

it('waiting and running jobs whose entries are gone get new ones', async () => {
  const waiting = await submit(jobs);
  const running = (await start(jobs)).id;
  assert.equal(running, waiting);
  const other = await submit(jobs);
  const kept = await submit(jobs);
  await query(postgres.url, `delete from pgboss.job where id in ('${running}', '${other}')`);
  assert.equal(await jobs.rows.mendEntries(), 2);
  assert.equal(await jobs.rows.mendEntries(), 0);
  assert.deepEqual(await jobs.rows.counts(), { waiting: 2, running: 1 });
  for (const id of [running, other, kept]) assert.equal((await entryOf(id))?.['state'], 'created');
});
