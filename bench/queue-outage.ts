import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { v7 as uuid } from 'uuid';
import { eventually } from '../test/support/eventually.ts';
import { COMPLETED, openJobs, submit, take } from '../test/support/jobs.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { query } from '../test/support/query.ts';
import { startRunner } from '../test/support/runner.ts';

/**
 * `npm run test:long -- queue [--seconds N]`: kills the database for N seconds while a job runs, which must go on, and then
 * the runner of another job, which another machine must run within 75 s.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '45' } } });
await using cleanUp = new AsyncDisposableStack();
const owner = { after: (close: () => Promise<void>) => void cleanUp.defer(close) };
const postgres = cleanUp.use(await startPostgres());

async function attemptsOf(id: string): Promise<unknown> {
  return (await query(postgres.url, `select status, attempts, lost from jobs where id = '${id}'`))[0];
}

const sender = openJobs(owner, postgres.url, { takes: false });
const ends = Promise.withResolvers<typeof COMPLETED>();
const starts = Promise.withResolvers<void>();
const survivor = await take(owner, openJobs(owner, postgres.url), {
  run: async () => {
    starts.resolve();
    return await ends.promise;
  },
});
const running = await submit(sender);
await starts.promise;
// Just before a heartbeat, so that the last one is as old as it can be.
await delay(4_500);
await postgres.kill();
console.log(`the database is down for ${values.seconds} s`);
await delay(Number(values.seconds) * 1_000);
await postgres.start();
// The other process would take it now, if its heartbeat were overdue.
const other = await take(owner, openJobs(owner, postgres.url));
await delay(20_000);
ends.resolve(COMPLETED);
await eventually(async () =>
  assert.deepEqual(await attemptsOf(running), { status: 'completed', attempts: 1, lost: 0 }),
);
console.log('the job went on');
await survivor.stop();
await other.stop();

const runner = startRunner(owner, { url: postgres.url, machineId: uuid() });
const orphan = await submit(sender);
await runner.started(orphan, 1);
await runner.kill();
const killedAt = performance.now();
await take(owner, openJobs(owner, postgres.url));
await eventually(
  async () => assert.deepEqual(await attemptsOf(orphan), { status: 'completed', attempts: 2, lost: 1 }),
  { withinMs: 75_000 },
);
console.log(
  `another machine ran the job of a killed runner after ${Math.round((performance.now() - killedAt) / 1_000)} s`,
);
