import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import { JOB_QUERY } from '#lib/jobs/record.ts';
import { readEvents } from '#lib/store/events.ts';
import { type Jobs, NO_LIMITS, newJob, openJobs, submit } from '../../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../../support/postgres.ts';
import { query } from '../../../support/query.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let jobs: Jobs;

before(async () => {
  postgres = cleanUp.use(await startPostgres());
  jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url, { takes: false });
});
after(() => cleanUp.disposeAsync());

async function entriesOf(...ids: readonly string[]): Promise<Record<string, unknown>[]> {
  const list = ids.map((id) => `'${id}'`).join();
  return await query(postgres.url, `select * from pgboss.job where id in (${list})`);
}

describe('a new job', () => {
  it('is read as it was written, and has an entry with its id alone', async () => {
    const job = newJob({ priority: 3, metadata: { order: 'A-17', half: '\ud800', 'NUL \0': 1 }, account: 'net' });
    const created = await jobs.rows.create(job, { limits: NO_LIMITS });
    assert.ok(created.kind === 'created');
    const found = await jobs.rows.find(job.id);
    assert.deepEqual(found?.record, created.record);
    const { created_at, ...record } = created.record;
    assert.ok(Math.abs(Date.now() - Date.parse(created_at)) < 10_000);
    assert.deepEqual(record, {
      id: job.id,
      status: 'pending',
      phase: 'queued',
      progress: null,
      eta_seconds: null,
      speed: null,
      queue_position: 1,
      priority: 3,
      attempts: 0,
      errors: 0,
      warnings: [],
      error: null,
      metadata: { order: 'A-17', half: '\ufffd', 'NUL \ufffd': 1 },
      result: null,
      started_at: null,
      ended_at: null,
    });
    const [entry, ...others] = await entriesOf(job.id);
    assert.deepEqual([entry?.['data'], entry?.['state'], entry?.['group_id'], others], [null, 'created', 'net', []]);
    const events = await jobs.store.database.run((db) => readEvents(db, { subject: job.id, after: '0' }));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['status'],
    );
  });

  it('leaves neither row nor entry when its transaction fails', async () => {
    const job = newJob();
    // The row of the key is written last.
    const idempotency = { key: 'k', digest: 'd\0' };
    await assert.rejects(jobs.rows.create(job, { idempotency, limits: NO_LIMITS }));
    assert.equal(await jobs.rows.find(job.id), undefined);
    assert.deepEqual(await entriesOf(job.id), []);
  });

  it('is refused over a limit, which is named, and then leaves nothing', async () => {
    const owner = uuid();
    await submit(jobs, { owner });
    const job = newJob({ owner });
    const idempotency = { key: 'refused', digest: 'd' };
    const create = (limits: Partial<typeof NO_LIMITS>) =>
      jobs.rows.create(job, { idempotency, limits: { ...NO_LIMITS, ...limits } });
    assert.deepEqual(await create({ waitingOfAccount: 1 }), {
      kind: 'refused',
      limit: 'waitingOfAccount',
      used: 1,
      max: 1,
    });
    const full = await create({ waiting: 1 });
    assert.ok(full.kind === 'refused');
    assert.deepEqual([full.limit, full.max, full.used >= 1], ['waiting', 1, true]);
    assert.deepEqual(await create({ storedBytesOfAccount: 0 }), {
      kind: 'refused',
      limit: 'storedBytesOfAccount',
      used: 0,
      max: 0,
    });
    assert.deepEqual(await entriesOf(job.id), []);
    assert.equal((await create({})).kind, 'created');
  });

  it('does not exceed the limit when many are submitted at once', async () => {
    const owner = uuid();
    const limits = { ...NO_LIMITS, waitingOfAccount: 3 };
    const created = await Promise.all(
      Array.from({ length: 10 }, () => jobs.rows.create(newJob({ owner }), { limits })),
    );
    assert.equal(created.filter(({ kind }) => kind === 'created').length, 3);
    assert.deepEqual(await jobs.rows.usage(owner), { waiting: 3, running: 0, storedBytes: 0 });
  });
});

describe('an idempotency key', () => {
  const create = (owner: string, digest: string, key = 'key') =>
    jobs.rows.create(newJob({ owner }), { idempotency: { key, digest }, limits: NO_LIMITS });

  it('makes one job of many requests at once, which all get the first answer', async () => {
    const owner = uuid();
    const answers = await Promise.all(Array.from({ length: 12 }, () => create(owner, 'same')));
    assert.equal(answers.filter(({ kind }) => kind === 'created').length, 1);
    assert.equal(answers.filter(({ kind }) => kind === 'replayed').length, 11);
    const records = answers.map((answer) => ('record' in answer ? answer.record : undefined));
    for (const record of records) assert.deepEqual(record, records[0]);
    assert.equal((await jobs.rows.list({ owner, limit: 100 })).length, 1);
    assert.equal((await entriesOf(records[0]?.id ?? '')).length, 1);
  });

  it("conflicts with another body, is its owner's own, and is valid for a day", async () => {
    const owner = uuid();
    assert.equal((await create(owner, 'one')).kind, 'created');
    assert.equal((await create(owner, 'other')).kind, 'conflict');
    assert.equal((await create(uuid(), 'other')).kind, 'created');
    await query(postgres.url, `update job_keys set created_at = now() - interval '23 hours' where owner = '${owner}'`);
    assert.equal(await jobs.rows.forgetKeys(), 0);
    assert.equal((await create(owner, 'one')).kind, 'replayed');
    await query(postgres.url, `update job_keys set created_at = now() - interval '25 hours' where owner = '${owner}'`);
    assert.equal((await create(owner, 'other')).kind, 'created');
    await query(postgres.url, `update job_keys set created_at = now() - interval '25 hours' where owner = '${owner}'`);
    assert.equal(await jobs.rows.forgetKeys(), 1);
  });
});

describe('the list of jobs', () => {
  it('has pages, newest first, each job once, while others are added', async () => {
    const owner = uuid();
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await submit(jobs, { owner }));
    // Three per millisecond.
    await query(
      postgres.url,
      `update jobs set created_at = 'epoch'::timestamptz + nth / 3 * interval '1 ms' from (
         select id, row_number() over (order by id) as nth from jobs where owner = '${owner}'
       ) as numbered where numbered.id = jobs.id`,
    );
    const seen: string[] = [];
    let last: { id: string; created_at: string } | undefined;
    while (seen.length < ids.length) {
      const cursor = last && { createdAt: new Date(last.created_at), id: last.id };
      const page = await jobs.rows.list({ owner, limit: 5, cursor });
      assert.ok(page.length > 0);
      last = page.at(-1);
      seen.push(...page.map(({ id }) => id));
      await submit(jobs, { owner });
    }
    assert.deepEqual(seen, ids.toReversed());
  });

  it('has the jobs of one status, or all that have not ended', async () => {
    const owner = uuid();
    const [one = '', other = ''] = [await submit(jobs, { owner }), await submit(jobs, { owner })];
    await jobs.rows.cancel(one);
    const list = async (status: string) =>
      (await jobs.rows.list({ owner, ...JOB_QUERY.parse({ status }) })).map(({ id }) => id);
    assert.deepEqual(await list('cancelled'), [one]);
    assert.deepEqual(await list('active'), [other]);
    assert.deepEqual(await list('pending'), [other]);
    assert.deepEqual(await list('completed'), []);
  });
});
