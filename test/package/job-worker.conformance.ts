import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import type { JobRecord } from '#lib/jobs/record.ts';
import { type S3Server, startS3Server } from '../lib/sources/support/s3-server.ts';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/gate.ts';
import { startRunner } from '../support/host.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { type FilmFolder, filmFolder, ramp, rampFrom, rampNumbers, sound, X264 } from '../support/job-media.ts';
import { gone } from '../support/leaks.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { query } from '../support/query.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { type AsynchronousInvokes, startAsynchronousInvokes } from './asynchronous-invokes.ts';
import { whole } from './implementation.ts';
import { onPlatform } from './implementations.ts';
import type { PackagedFunctions } from './packaged.ts';
import { type Asked, authorized, eventOf, readEvent } from './sample-events.ts';

const GIBIBYTE = 2 ** 30;
/** The event of the function's schedule. */
const SCHEDULED = { ...readEvent('maintenance.json'), source: 'aws.events' };

let films: FilmFolder;
let film: Buffer;
/** Three hours of black, one frame a second. */
let long: Buffer;

before(async () => {
  films = await filmFolder();
  const tone = sound('0.3*sin(880*PI*t)', 2);
  film = readFileSync(
    await films.make('a', [...ramp(2), ...tone, ...X264, '-c:a', 'aac', '-movflags', '+faststart', '-f', 'mp4']),
  );
  const black = ['-f', 'lavfi', '-i', 'color=c=black:s=32x32:r=1:d=10800'];
  long = readFileSync(await films.make('long', [...black, ...X264, '-movflags', '+faststart', '-f', 'mp4']));
});
after(() => films[Symbol.asyncDispose]());

onPlatform((start) => {
  const cleanUp = new AsyncDisposableStack();
  const sources = new Map<string, RequestListener>();
  let functions: PackagedFunctions;
  /** The same with a runner in the settings, and little time for a job. */
  let withRunners: PackagedFunctions;
  let invokes: AsynchronousInvokes;
  let postgres: Postgres;
  let s3: S3Server;
  let source: HttpSource;

  before(async () => {
    source = cleanUp.use(
      await startHttpSource((request, response) => (sources.get(request.url ?? '') ?? answer(404))(request, response)),
    );
    postgres = cleanUp.use(await startPostgres());
    s3 = cleanUp.use(await startS3Server(['uploads']));
    invokes = cleanUp.use(await startAsynchronousInvokes());
    const settings = {
      ...{ S3_ENDPOINT: s3.options.endpoint, S3_BUCKET: 'uploads', ...invokes.settings },
      SECRETS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
      CALLBACK_ALLOWED_NETWORKS: '127.0.0.1/32',
    };
    const world = { databaseUrl: postgres.url, settings };
    functions = cleanUp.use(await start(world));
    withRunners = cleanUp.use(
      await start({ ...world, settings: { ...settings, RUNNER_KINDS: 'jobs', JOB_WORKER_SECONDS: '0.1' } }),
    );
    for (const path of ['/a.mp4', '/a.mp4?b']) sources.set(path, serve(film));
    sources.set('/long.mp4', serve(long));
  });
  after(() => cleanUp.disposeAsync());

  async function ask(asked: Asked) {
    return await whole(await functions.invoke('jobs', await authorized(eventOf(asked))));
  }

  async function submit(request: object): Promise<string> {
    const accepted = await ask({ path: '/api/jobs', body: request });
    assert.equal(accepted.statusCode, 202, `${accepted.body}\n${functions.printed()}`);
    return accepted.json().id;
  }

  async function get(id: string): Promise<JobRecord> {
    return (await ask({ path: `/api/jobs/${id}` })).json();
  }

  /** Invokes `job-worker`, and returns its response. */
  async function work(event: object = {}, of = functions): Promise<unknown> {
    const worked = await whole(await of.invoke('job-worker', event));
    assert.equal(worked.end, 'complete', of.printed());
    return worked.json();
  }

  const url = (name: string) => `${source.origin}/${name}`;
  const joined = () => ({
    inputs: { a: url('a.mp4'), b: url('a.mp4?b') },
    steps: [{ op: 'concat', inputs: ['a', 'b'] }],
    outputs: [{ name: 'film', format: 'mp4' }],
  });
  const one = (name = 'a.mp4') => ({ inputs: { a: url(name) }, outputs: [{ name: 'film', format: 'mp4' }] });

  async function rowOf(id: string) {
    const [row] = await query(postgres.url, `select status, attempts, errors, lost, rank from jobs where id = '${id}'`);
    return row ?? assert.fail('no such job');
  }

  /** Decodes the result: all frames of the ramp, `times` times two seconds. */
  async function assertRamp({ status, error, result }: JobRecord, times: number): Promise<void> {
    assert.equal(status, 'completed', `${JSON.stringify(error)}\n${functions.printed()}`);
    using folder = scratchFolder();
    const response = await fetch(result?.outputs[0]?.url ?? assert.fail('no file'));
    writeFileSync(folder.file('film'), Buffer.from(await response.arrayBuffer()));
    const expected = Array.from({ length: times }, () => rampFrom(0, 60)).flat();
    assert.deepEqual(await rampNumbers(folder.file('film')), expected);
  }

  it('accept a job although job-worker cannot be started, and run it on schedule', async () => {
    const id = await submit(joined());
    assert.match(functions.printed(), /job-worker could not be started/);
    assert.equal((await get(id)).status, 'pending');
    assert.deepEqual(await work(SCHEDULED), { status: 'done', started: 1, may_be_more: false });
    await assertRamp(await get(id), 2);
    assert.match(functions.printed(), /"from":"processing","to":"completed"/);
  });

  it('start job-worker for a new job, with the full ffmpeg of its layer, confined', async (test) => {
    invokes.serve(functions);
    const submittedAt = performance.now();
    const id = await submit(joined());
    assert.deepEqual(await invokes.ended(), [{ status: 'done', started: 1, may_be_more: false }]);
    test.diagnostic(`from the request to the end of the job: ${(performance.now() - submittedAt).toFixed(0)} ms`);
    const job = await get(id);
    await assertRamp(job, 2);
    assert.deepEqual([job.attempts, job.errors, job.phase, job.progress], [1, 0, 'done', 100]);
    const { body } = await whole(await functions.invoke('metrics', readEvent('metrics.json')));
    assert.match(body.toString(), /^jobs_finished_total\{status="completed"\} 2$/m);
  });

  it('send the callback of a job where no runner does', async () => {
    const called: unknown[] = [];
    sources.set('/called', async (request, response) => {
      called.push([request.headers['webhook-id'] !== undefined, JSON.parse(await text(request)).type]);
      response.writeHead(204).end();
    });
    await submit({ ...one(), callback_url: url('called') });
    await invokes.ended();
    assert.deepEqual(called, [[true, 'job.completed']], functions.printed());
  });

  const LARGE = { name: 'film', format: 'mp4', width: 1920, height: 1080, video_bitrate: '100k' };

  /** Returns the details of the error, and the command lines of ffmpeg. */
  async function refused(id: string): Promise<Readonly<Record<string, unknown>>> {
    const { status, error, attempts } = await get(id);
    assert.deepEqual([status, error?.code, attempts], ['failed', 'LIMIT_EXCEEDED', 1], functions.printed());
    const { body } = await ask({ path: `/api/jobs/${id}/logs`, query: { part: 'command' } });
    return { ...error?.details, command: body.toString() };
  }

  it('fail a job that takes too long when no runner is configured, before they encode', async () => {
    const id = await submit({ ...one('long.mp4'), outputs: [{ ...LARGE, fps: 60 }] });
    await invokes.ended();
    const { limit, value, max, phase, command } = await refused(id);
    assert.deepEqual([limit, max, phase, command], ['worker_seconds', 600, 'probing', '']);
    assert.ok(Number(value) > 600, `${value}`);
    // A retry starts the function, too.
    const before = (await invokes.ended()).length;
    assert.equal((await ask({ method: 'POST', path: `/api/jobs/${id}/retry` })).statusCode, 202);
    assert.equal((await invokes.ended()).length, before + 1);
    assert.deepEqual([(await get(id)).status, (await get(id)).attempts], ['failed', 2]);
  });

  it('fail a job that turns out to take too long while they encode', async (test) => {
    const startedAt = performance.now();
    const id = await submit({ ...one('long.mp4'), outputs: [{ ...LARGE, fps: 24 }] });
    await invokes.ended();
    const seconds = (performance.now() - startedAt) / 1_000;
    const { limit, value, max, phase, command } = await refused(id);
    test.diagnostic(`refused after ${seconds.toFixed(0)} s: it would take ${value} s`);
    assert.deepEqual([limit, max, phase], ['worker_seconds', 600, 'encoding']);
    assert.match(String(command), /libx264/);
    assert.ok(Number(value) > 600, `${value}`);
  });

  it('fail a job whose inputs do not fit three times into /tmp, before they copy them', async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      // It announces the most that an input may have, and then sends nothing more.
      sources.set(`/huge-${name}.mp4`, (_request, response) => {
        response.writeHead(200, { 'content-length': GIBIBYTE }).write(film);
      });
    }
    const inputs = Object.fromEntries(names.map((name) => [name, url(`huge-${name}.mp4`)]));
    const id = await submit({ ...joined(), inputs, steps: [{ op: 'concat', inputs: names }] });
    await invokes.ended();
    const { status, error } = await get(id);
    assert.deepEqual([status, error?.code], ['failed', 'LIMIT_EXCEEDED'], functions.printed());
    const { limit, value, max, phase } = error?.details ?? {};
    assert.deepEqual([limit, phase], ['worker_bytes', 'fetching']);
    assert.ok(Number(max) <= 10 * GIBIBYTE && Number(max) > 9.9 * GIBIBYTE, `${max}`);
    assert.ok(Number(value) > Number(max) && Number(value) <= 12 * GIBIBYTE, `${value}`);
  });

  it('leave a job that takes too long to a runner when one is configured, and take it no more', async () => {
    invokes.serve(withRunners);
    const id = await submit(joined());
    await invokes.ended();
    const left = await rowOf(id);
    assert.deepEqual([left['status'], left['attempts'], left['errors'], left['lost']], ['pending', 1, 0, 0]);
    assert.match(withRunners.printed(), /"reason":"handed_over"/);
    assert.deepEqual(await work(SCHEDULED, withRunners), { status: 'done', started: 0, may_be_more: false });
    assert.deepEqual(await work(SCHEDULED), { status: 'done', started: 0, may_be_more: false });
    using folder = scratchFolder();
    await using _runner = await startRunner({
      ...{ DATABASE_URL: postgres.url, S3_BUCKET: 'uploads', ...s3.settings, DATA_DIR: folder.path },
      ...{ SOURCE_ALLOWED_NETWORKS: source.network, RUNNER_KINDS: 'jobs', SHUTDOWN_GRACE_SECONDS: 0, JOB_NICENESS: 0 },
    });
    const job = await eventually(
      async () => {
        const found = await get(id);
        assert.notEqual(found.ended_at, null);
        return found;
      },
      { withinMs: 30_000 },
    );
    await assertRamp(job, 2);
    const { attempts, errors, lost } = await rowOf(id);
    assert.deepEqual([attempts, errors, lost], [2, 0, 0]);
  });

  it('run each job once when many are started at the same time', async () => {
    invokes.serve(functions);
    const ids = await Promise.all(Array.from({ length: 4 }, () => submit(one())));
    await invokes.ended();
    await work();
    for (const id of ids) {
      await assertRamp(await get(id), 1);
      assert.deepEqual((await rowOf(id))['attempts'], 1);
    }
  });

  it('have a job run again whose environment was killed', async () => {
    invokes.serve(undefined);
    const stuck = gated(film, film.length / 2);
    sources.set('/stuck.mp4', stuck.behave);
    const id = await submit(one('stuck.mp4'));
    const working = functions.invoke('job-worker', SCHEDULED);
    await eventually(async () => assert.deepEqual([(await get(id)).status, stuck.waiting()], ['processing', 1]), {
      withinMs: 10_000,
    });
    const environment = functions.environments('job-worker').find((each) => each.isBusy());
    const pids = environment?.pids() ?? [];
    process.kill(pids[0] ?? Number.NaN, 'SIGKILL');
    assert.deepEqual((await whole(await working)).end, { errorType: 'Runtime.ExitError' });
    await gone(pids, 5_000);
    sources.set('/stuck.mp4', serve(film));
    // The minute of the heartbeat.
    await query(postgres.url, `update pgboss.job set heartbeat_on = now() - interval '61 s' where id = '${id}'`);
    await eventually(
      async () => {
        await work(SCHEDULED);
        assert.equal((await get(id)).status, 'completed');
      },
      { withinMs: 20_000 },
    );
    await assertRamp(await get(id), 1);
    const { attempts, errors, lost } = await rowOf(id);
    assert.deepEqual([attempts, errors, lost], [2, 0, 1]);
  });

  it('leave nothing of their attempts in the store but results', async () => {
    const kept = (await s3.keys('uploads')).filter((key) => key.startsWith('jobs/'));
    const rows = await query(postgres.url, `select id from jobs where status = 'completed'`);
    assert.equal(kept.length, rows.length);
  });
});
