import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import type { ClaimedJob, StoredResult } from '#lib/jobs/attempt.ts';
import type { Created, JobLimits, NewJob, StoredJob } from '#lib/jobs/job-store.ts';
import { beat } from '#lib/store/instances.ts';
import { announceBuild } from '#lib/store/runners.ts';
import { type Jobs, NO_LIMITS, newJob, openJobs, start, storedResult } from '../../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../../support/postgres.ts';
import { query } from '../../../support/query.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let jobs: Jobs;
const settled: string[] = [];

before(async () => {
  postgres = cleanUp.use(await startPostgres());
  jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url, {
    onSettled: async (_transaction, { record: { id, result } }) => void settled.push(`${id} ${result?.cached}`),
  });
});
after(() => cleanUp.disposeAsync());

let number = 0;
/** Keys that no other test has. */
const keys = (request = 'a') => ({ result: `result ${number}`, request: `request ${number} ${request}` });

type Options = Partial<NewJob> & { readonly limits?: JobLimits; readonly key?: string };

async function create({ limits = NO_LIMITS, key, ...fields }: Options = {}): Promise<Created> {
  const idempotency = key === undefined ? undefined : { key, digest: 'd' };
  return await jobs.rows.create(newJob({ cacheKeys: keys(), ...fields }), { limits, idempotency });
}

function recordOf(created: Created, kind: Created['kind']): StoredJob {
  assert.equal(created.kind, kind);
  return 'record' in created ? created.record : assert.fail();
}

const BUILD = '5.1 abc';

/** Runs the job that waits, and completes it with files of these names. */
async function run(names: readonly string[] = ['film'], build = BUILD): Promise<ClaimedJob> {
  const job = await start(jobs);
  const keyOf = (name: string) => `${job.id}/${name}`;
  for (const name of names) await jobs.rows.object(job.id, job.attempt, { key: keyOf(name) });
  const { outputs } = storedResult(...names);
  const result: StoredResult = {
    cached: false,
    outputs: outputs.map((output) => ({ ...output, key: keyOf(output.name) })),
  };
  const cache = { key: keys().result, build };
  await jobs.rows.settle(job.id, job.attempt, { kind: 'completed', result, cache, warnings: ['b is not used'] });
  return job;
}

/** Lets the first job count as one of an earlier time. */
async function age(id: string): Promise<void> {
  await query(postgres.url, `update jobs set created_at = created_at - interval '5 minutes' where id = '${id}'`);
}

/** Creates and completes a job some minutes ago, with keys that no other job has. */
async function completed(): Promise<string> {
  number += 1;
  const { id } = recordOf(await create(), 'created');
  await run();
  await age(id);
  return id;
}

const doomedKeys = async () => (await jobs.rows.doomedObjects(100)).map(({ key }) => key);

describe('equal requests', () => {
  it('that come at once make one job, which all of them get', async () => {
    number += 1;
    const all = await Promise.all(Array.from({ length: 50 }, () => create()));
    const kinds = Object.entries(Object.groupBy(all, ({ kind }) => kind)).map(([kind, list]) => [kind, list?.length]);
    assert.deepEqual(kinds.toSorted(), [
      ['created', 1],
      ['joined', 49],
    ]);
    const ids = new Set(all.map((created) => ('record' in created ? created.record.id : '')));
    assert.equal(ids.size, 1);
    const rows = await query(postgres.url, `select id from jobs where request_key = '${keys().request}'`);
    assert.equal(rows.length, 1);
    // Those that come a moment after it has completed get it, too.
    await run();
    assert.ok(ids.has(recordOf(await create(), 'joined').id));
  });

  it('of another owner, with other fields or without keys run', async () => {
    number += 1;
    recordOf(await create(), 'created');
    recordOf(await create({ owner: 'bob' }), 'created');
    recordOf(await create({ cacheKeys: keys('other metadata') }), 'created');
    recordOf(await create({ cacheKeys: undefined }), 'created');
    recordOf(await create(), 'joined');
    await query(postgres.url, 'delete from pgboss.job; delete from jobs');
  });

  it('do not get a job that failed or was cancelled', async () => {
    number += 1;
    const { id } = recordOf(await create(), 'created');
    await jobs.rows.cancel(id);
    recordOf(await create(), 'created');
    await query(postgres.url, 'delete from pgboss.job; delete from jobs');
  });

  it('keep their idempotency keys', async () => {
    number += 1;
    const { id } = recordOf(await create(), 'created');
    assert.equal(recordOf(await create({ key: 'joined' }), 'joined').id, id);
    assert.equal(recordOf(await create({ key: 'joined', cacheKeys: undefined }), 'replayed').id, id);
    await query(postgres.url, 'delete from pgboss.job; delete from jobs');
  });
});

describe('an earlier result', () => {
  it('completes a request at once, with an expiry, an event and a callback of its own', async () => {
    const earlier = await completed();
    const record = recordOf(await create({ metadata: { order: 'B' }, expiresInDays: 20 }), 'reused');
    assert.notEqual(record.id, earlier);
    const { status, phase, progress, attempts, warnings, metadata, result } = record;
    assert.deepEqual([status, phase, progress, attempts, warnings], ['completed', 'done', 100, 0, ['b is not used']]);
    assert.deepEqual(metadata, { order: 'B' });
    assert.deepEqual([result?.cached, result?.outputs[0]?.key], [true, `${earlier}/film`]);
    const days = (Date.parse(result?.expires_at ?? '') - Date.now()) / 86_400_000;
    assert.ok(Math.abs(days - 20) < 0.1, `${days} days`);
    assert.ok(settled.includes(`${record.id} true`));
    const events = await query(postgres.url, `select type from events where subject = '${record.id}' order by seq`);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['status', 'end'],
    );
    assert.equal((await query(postgres.url, `select id from pgboss.job where id = '${record.id}'`)).length, 0);
  });

  it('is not used by another owner, without keys, or after it has expired', async () => {
    const earlier = await completed();
    recordOf(await create({ owner: 'bob' }), 'created');
    recordOf(await create({ cacheKeys: undefined }), 'created');
    await query(postgres.url, `update jobs set result_expires_at = now() where id = '${earlier}'`);
    recordOf(await create(), 'created');
    await query(postgres.url, 'delete from pgboss.job; delete from jobs; delete from job_objects');
  });

  it('keeps its files until no job has them', async () => {
    const earlier = await completed();
    const { id } = recordOf(await create(), 'reused');
    await age(id);
    const third = recordOf(await create(), 'reused').id;
    await jobs.rows.remove(earlier);
    assert.deepEqual(await doomedKeys(), []);
    await query(postgres.url, `update jobs set result_expires_at = now() where id = '${id}'`);
    assert.equal(await jobs.rows.expireResults(), 1);
    assert.deepEqual(await doomedKeys(), []);
    assert.equal((await jobs.rows.find(third))?.record.result?.outputs[0]?.key, `${earlier}/film`);
    await jobs.rows.remove(third);
    assert.deepEqual(await doomedKeys(), [`${earlier}/film`]);
    assert.deepEqual(await query(postgres.url, 'select key from job_objects'), [{ key: `${earlier}/film` }]);
    await query(postgres.url, 'delete from job_objects');
  });

  it('counts for each job that has it, and needs room', async () => {
    await completed();
    const { storedBytes } = await jobs.rows.usage('ann');
    recordOf(await create(), 'reused');
    const now = (await jobs.rows.usage('ann')).storedBytes;
    assert.equal(now - storedBytes, 1_000);
    const full = await create({ limits: { ...NO_LIMITS, storedBytesOfAccount: now }, cacheKeys: keys('third') });
    assert.deepEqual([full.kind, full.kind === 'refused' && full.limit], ['refused', 'storedBytesOfAccount']);
    // It does not wait, so a full queue does not matter.
    recordOf(await create({ limits: { ...NO_LIMITS, waiting: 0 }, cacheKeys: keys('fourth') }), 'reused');
  });

  it('is used only while a runner has the ffmpeg that made it, if runners have said which they have', async () => {
    await completed();
    const runner = { id: uuid(), name: 'a', runnerKinds: ['jobs'] };
    await jobs.store.database.run((db) => beat(db, runner));
    const announce = (build: string) => jobs.store.database.run((db) => announceBuild(db, { id: runner.id, build }));
    await announce('7.1 def');
    recordOf(await create({ cacheKeys: keys('after an upgrade') }), 'created');
    await announce(BUILD);
    recordOf(await create({ cacheKeys: keys('of the same build') }), 'reused');
    await query(postgres.url, 'delete from instances; delete from pgboss.job; delete from jobs');
  });
});
