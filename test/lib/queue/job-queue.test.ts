import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { emptyDatabase } from '../../support/empty-database.ts';
import { eventually } from '../../support/eventually.ts';
import { COMPLETED, type Jobs, openJobs, submit, take } from '../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';

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
  await query(postgres.url, 'delete from pgboss.job; delete from jobs');
});

/** Adds entries without jobs. */
async function add(count: number): Promise<string[]> {
  const writer = await jobs.queue.ready();
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  const client = new pg.Client(postgres.url);
  await client.connect();
  const statements = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
  for (const [index, id] of ids.entries()) await writer.add(statements, { id, account: `a${index % 7}`, rank: index });
  await client.end();
  return ids;
}

describe('the queue', () => {
  it('is created once by processes that start at the same time, and used by those that find it', async (test) => {
    const url = await emptyDatabase(postgres.url);
    await Promise.all(Array.from({ length: 6 }, (_, index) => submit(openJobs(test, url, { takes: index < 3 }))));
    assert.deepEqual(await query(url, 'select count(*)::int from pgboss.job'), [{ count: 6 }]);
    // Nothing is left to create, so the lock of the creation does not block.
    const holder = new pg.Client(url);
    await holder.connect();
    await holder.query('begin; lock table pgboss.version in share row exclusive mode');
    await submit(openJobs(test, url, { takes: false }));
    await holder.end();
    // A later release has changed the tables.
    await query(url, 'update pgboss.version set version = version + 1');
    await submit(openJobs(test, url, { takes: false }));
  });

  it('does not give an entry up before its row does', async () => {
    const [id] = await add(1);
    const [queue] = await query(postgres.url, `select * from pgboss.queue where name = 'jobs'`);
    assert.deepEqual(
      [queue?.['retry_limit'], queue?.['retry_delay'], queue?.['heartbeat_seconds'], queue?.['policy']],
      [50, 0, 60, 'standard'],
    );
    const [entry] = await query(postgres.url, `select * from pgboss.job where id = '${id}'`);
    assert.equal(entry?.['expire_seconds'], 4 * 86_400);
    const [kept] = await query(postgres.url, `select keep_until > now() + interval '300 days' as long from pgboss.job`);
    assert.equal(kept?.['long'], true);
  });

  it('loads pg-boss on use, and does not keep its process alive', async () => {
    const program = fileURLToPath(new URL('fixtures/loads-on-use.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, postgres.url], { timeout: 20_000 });
    assert.equal(stdout, 'false true');
  });

  it('gets the options of this release when an earlier one created it', async (test) => {
    const url = await emptyDatabase(postgres.url);
    await submit(openJobs(test, url));
    await query(url, `update pgboss.queue set retry_limit = 2, heartbeat_seconds = 10`);
    await submit(openJobs(test, url, { takes: false }));
    const [queue] = await query(url, `select retry_limit, heartbeat_seconds from pgboss.queue where name = 'jobs'`);
    assert.deepEqual(queue, { retry_limit: 50, heartbeat_seconds: 60 });
  });
});

describe('the slots of a process', () => {
  it('take 300 entries whose work takes 20 ms without a pause after each, and each once', async () => {
    const ids = await add(300);
    const taken: string[] = [];
    const all = Promise.withResolvers<void>();
    const startedAt = performance.now();
    const work = await jobs.queue.work({
      slots: 2,
      accountConcurrency: 1,
      handle: async ({ id }) => {
        await delay(20);
        if (taken.push(id) === ids.length) all.resolve();
      },
    });
    await all.promise;
    // 3 s on a quiet machine. With a pause of two seconds after each, it would be five minutes.
    assert.ok(performance.now() - startedAt < 20_000);
    await work.stop();
    assert.equal(new Set(taken).size, 300);
    // Two slots may finish in another order than they started.
    for (const [index, id] of taken.entries()) assert.ok(Math.abs(ids.indexOf(id) - index) <= 10, `${index}`);
  });

  it('run every job of two processes once', async (test) => {
    const ids: string[] = [];
    for (let index = 0; index < 60; index += 1) ids.push(await submit(jobs, { owner: `o${index % 4}` }));
    const ran: string[] = [];
    const all = Promise.withResolvers<void>();
    const run = async ({ id }: { id: string }) => {
      if (ran.push(id) === ids.length) all.resolve();
      return COMPLETED;
    };
    await Promise.all([jobs, openJobs(test, postgres.url)].map((each) => take(test, each, { slots: 2, run })));
    await all.promise;
    assert.deepEqual(ran.toSorted(), ids.toSorted());
    await eventually(async () => {
      const rows = await query(postgres.url, `select status, attempts, count(*)::int from jobs group by 1, 2`);
      assert.deepEqual(rows, [{ status: 'completed', attempts: 1, count: 60 }]);
    });
  });

  it('start a job soon after it was submitted', async (test) => {
    const started = new Map<string, number>();
    await take(test, jobs, {
      slots: 2,
      run: async ({ id }) => {
        started.set(id, performance.now());
        return COMPLETED;
      },
    });
    const sender = openJobs(test, postgres.url, { takes: false });
    await submit(sender);
    const waits: number[] = [];
    for (let index = 0; index < 9; index += 1) {
      const submittedAt = performance.now();
      const id = await submit(sender);
      const startedAt = await eventually(() => {
        const at = started.get(id);
        assert.ok(at !== undefined);
        return at;
      });
      waits.push(startedAt - submittedAt);
    }
    const median = waits.toSorted((one, other) => one - other)[4] ?? Number.NaN;
    assert.ok(median < 500, `${median} ms`);
  });

  it('go on after the server has closed all connections', async (test) => {
    const ran = Promise.withResolvers<string>();
    await take(test, jobs, {
      run: async ({ id }) => {
        ran.resolve(id);
        return COMPLETED;
      },
    });
    await query(postgres.url, 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
    const id = await eventually(() => submit(jobs));
    assert.equal(await ran.promise, id);
  });

  it('wait for what they hold when they are stopped, and take nothing more', async () => {
    const [first] = await add(2);
    const taken: string[] = [];
    const holding = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const work = await jobs.queue.work({
      slots: 1,
      accountConcurrency: 1,
      handle: async ({ id }) => {
        taken.push(id);
        holding.resolve();
        await gate.promise;
      },
    });
    await holding.promise;
    let isStopped = false;
    const stopped = work.stop().then(() => {
      isStopped = true;
    });
    await query(postgres.url, 'select 1');
    assert.equal(isStopped, false);
    gate.resolve();
    await stopped;
    assert.deepEqual(taken, [first]);
  });
});

it('a process that only adds entries does no maintenance and does not listen; one that takes them asks seldom', async (test) => {
  const url = await emptyDatabase(postgres.url);
  const other = await emptyDatabase(postgres.url);
  const [sender, runner] = [openJobs(test, url, { takes: false }), openJobs(test, other)];
  await submit(sender);
  const work = await runner.queue.work({ slots: 2, accountConcurrency: 1, handle: async () => undefined });
  const asked = await countFetches(runner, test);
  const startedAt = performance.now();
  const monitored = async (of: string) =>
    (await query(of, `select monitor_claim_on from pgboss.queue where name = 'jobs'`))[0]?.['monitor_claim_on'] !==
    null;
  await eventually(async () => assert.ok(await monitored(other)), { withinMs: 15_000 });
  assert.equal(await monitored(url), false);
  // Two slots, every two seconds, and once more when listening starts.
  assert.ok(asked() <= 4 + (performance.now() - startedAt) / 1_000, `${asked()}`);
  await work.stop();
  const listening = async (of: string) =>
    await query(of, `select from pg_stat_activity where datname = current_database() and query ilike 'listen%pgboss%'`);
  assert.deepEqual(await listening(url), []);
});

/** Returns the number of times that a process has asked for an entry since. */
async function countFetches({ store }: Jobs, test: TestContext): Promise<() => number> {
  const { pool } = store.database;
  const original = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  let fetches = 0;
  test.mock.method(pool, 'query', (...args: unknown[]) => {
    if (String(args[0]).includes('FOR UPDATE OF j SKIP LOCKED')) fetches += 1;
    return original(...args);
  });
  return () => fetches;
}
