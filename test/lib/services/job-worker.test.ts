import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { loadConfig } from '#lib/config.ts';
import { openJobWorker } from '#lib/services/job-worker.ts';
import { createJobWorkerWake } from '#lib/services/job-worker-wake.ts';
import { answer, type HttpSource, startHttpSource } from '../../support/http-source.ts';
import { type Jobs, openJobs, SPEC, submit } from '../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { QUIET_LOG } from '../../support/quiet-log.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let jobs: Jobs;
let source: HttpSource;

before(async () => {
  postgres = cleanUp.use(await startPostgres());
  source = cleanUp.use(await startHttpSource(answer(404)));
  jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url, { takes: false });
});
after(() => cleanUp.disposeAsync());

/** Opens the worker of one process. Its jobs fail, because their source does not exist. */
function open(test: TestContext, settings: NodeJS.ProcessEnv = {}) {
  const config = loadConfig({
    ...{ DATABASE_URL: postgres.url, S3_BUCKET: 'own', SOURCE_ALLOWED_NETWORKS: source.network },
    ...{ PATH: process.env['PATH'], ...settings },
  });
  let wakes = 0;
  const worker = openJobWorker(config, {
    store: jobs.store,
    log: QUIET_LOG,
    wake: async () => {
      wakes += 1;
    },
  });
  test.after(() => worker.close());
  return { worker, wakes: () => wakes };
}

const addJob = () => submit(jobs, { spec: { ...SPEC, inputs: { a: { url: `${source.origin}/a.mp4` } } as never } });

async function statusOf(id: string): Promise<unknown> {
  return (await query(postgres.url, `select status from jobs where id = '${id}'`))[0]?.['status'];
}

describe('job-worker', () => {
  beforeEach(async () => {
    await jobs.queue.ready();
    await query(postgres.url, 'delete from pgboss.job; delete from jobs');
  });

  it('leaves the jobs to runners when a schedule starts it outside of the platform', async (test) => {
    const id = await addJob();
    const { worker } = open(test);
    const { status } = await worker.run({ isScheduled: true, remainingMs: () => 900_000 });
    assert.equal(status, 'disabled');
    assert.equal(await statusOf(id), 'pending');
  });

  it('is disabled without a database', async () => {
    const worker = openJobWorker(loadConfig({}), { store: undefined, log: QUIET_LOG, wake: async () => undefined });
    const { status } = await worker.run({ isScheduled: false, remainingMs: () => 900_000 });
    assert.equal(status, 'disabled');
    await worker.close();
  });

  it('starts itself again when its time is over before the queue is empty', async (test) => {
    const [id = '', other = ''] = [await addJob(), await addJob()];
    const { worker, wakes } = open(test);
    const report = await worker.run({ isScheduled: false, remainingMs: () => 60_000 });
    assert.deepEqual(report, { status: 'done', started: 1, may_be_more: true });
    assert.deepEqual([await statusOf(id), await statusOf(other), wakes()], ['failed', 'pending', 1]);
    const rest = await worker.run({ isScheduled: false, remainingMs: () => 900_000 });
    assert.deepEqual(rest, { status: 'done', started: 1, may_be_more: false });
    assert.equal(wakes(), 1);
  });

  it('does not start itself again where it never has time for a job', async (test) => {
    await addJob();
    const { worker, wakes } = open(test);
    const report = await worker.run({ isScheduled: false, remainingMs: () => 10_000 });
    assert.deepEqual([report, wakes()], [{ status: 'done', started: 0, may_be_more: true }, 0]);
  });

  it('is an instance of its own kind, which no runner of the machine takes for its predecessor', async (test) => {
    const { worker } = open(test);
    await worker.run({ isScheduled: false, remainingMs: () => 900_000 });
    const rows = await query(
      postgres.url,
      `select machine_id, runner_kinds from instances where 'job-worker' = any(runner_kinds) and ended_at is null`,
    );
    assert.deepEqual(rows, [{ machine_id: null, runner_kinds: ['job-worker'] }]);
  });
});

describe('starting job-worker', () => {
  async function wakeWith(test: TestContext, behave: RequestListener) {
    const server = await startHttpSource(behave);
    test.after(() => server[Symbol.asyncDispose]());
    const given = {
      AWS_ENDPOINT_URL_LAMBDA: server.origin,
      AWS_ACCESS_KEY_ID: 'TESTS',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    const earlier = Object.keys(given).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, given);
    test.after(() => {
      for (const [name, value] of earlier) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    const warnings: unknown[] = [];
    const settings = { JOB_WORKER_FUNCTION: 'work', AWS_REGION: 'eu-central-1' };
    const log = { warn: (...line: unknown[]) => void warnings.push(line) };
    const startedAt = performance.now();
    await createJobWorkerWake(settings, log as never)();
    return { requests: server.requests, warnings: warnings.length, ms: performance.now() - startedAt };
  }

  it('invokes it asynchronously', async (test) => {
    const { requests, warnings } = await wakeWith(test, answer(202));
    assert.equal(warnings, 0);
    assert.deepEqual(
      requests.map(({ method, url, headers }) => [method, url, headers['x-amz-invocation-type']]),
      [['POST', '/2015-03-31/functions/work/invocations', 'Event']],
    );
  });

  it('only warns when the platform refuses', async (test) => {
    const { requests, warnings } = await wakeWith(test, answer(429));
    assert.deepEqual([requests.length, warnings], [1, 1]);
  });

  it('gives up when the platform does not respond', async (test) => {
    const { warnings, ms } = await wakeWith(test, () => undefined);
    assert.equal(warnings, 1);
    assert.ok(ms < 10_000, `${ms} ms`);
  });

  it('does nothing where no such function is configured', async () => {
    const warn = () => assert.fail('it tried');
    await createJobWorkerWake({ JOB_WORKER_FUNCTION: undefined, AWS_REGION: 'eu-central-1' }, { warn } as never)();
  });
});
