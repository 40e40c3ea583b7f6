import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Jobs, openJobs, submit, takeOne } from '../../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../../support/postgres.ts';
import { query } from '../../../support/query.ts';
import { blocksOf, recordStatements } from '../../../support/statements.ts';
import { fillQueue } from '../../../support/waiting-jobs.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let jobs: Jobs;

before(async () => {
  postgres = cleanUp.use(await startPostgres());
  jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url);
  await jobs.queue.ready();
});
after(() => cleanUp.disposeAsync());

const OPERATIONS: Readonly<Record<string, () => Promise<unknown>>> = {
  submit: () => submit(jobs, { owner: 'o7' }),
  find: async () => {
    const [last] = await query(postgres.url, `select id from jobs where status = 'pending' order by rank desc limit 1`);
    const found = await jobs.rows.find(String(last?.['id']));
    assert.ok(found?.record.queue_position);
  },
  list: () => jobs.rows.list({ owner: 'o7', limit: 20 }),
  'list active': () => jobs.rows.list({ owner: 'o7', limit: 20, status: 'active' }),
  'list failed': () => jobs.rows.list({ owner: 'o7', limit: 20, status: 'failed' }),
  take: async () => await jobs.rows.claim(await takeOne(jobs), jobs.instance),
  promote: () => jobs.rows.promoteLongestWaiting(),
  age: () => jobs.rows.age(),
};

test('what a request or a slot reads does not grow with the number of waiting jobs', async (t) => {
  const statements = recordStatements(t);
  const blocks = new Map<string, number[]>();
  // The count of all waiting jobs, which is made once a second.
  const isCount = ({ text }: { text: string }) => text.includes('as running');
  for (const count of [10, 1_000, 100_000]) {
    await fillQueue(postgres.url, count);
    for (const [name, run] of Object.entries(OPERATIONS)) {
      const recorded = (await statements.of(run)).filter((statement) => !isCount(statement));
      const { read, scanned } = await blocksOf(postgres.url, recorded);
      if (count === 100_000) assert.deepEqual(scanned, [], name);
      blocks.set(name, [...(blocks.get(name) ?? []), read]);
    }
  }
  for (const [name, [, few = 0, many = 0]] of blocks) {
    // An index of 100,000 rows is a level deeper than one of 1,000, and a page of the list is full.
    assert.ok(many <= few * 3 + 40, `${name} reads ${few} blocks at 1,000 jobs, and ${many} at 100,000`);
  }
});
