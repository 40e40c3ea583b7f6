import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, createClient, type JobRecord, type JobRequest } from '../../client/published.ts';
import { type S3Server, startS3Server } from '../lib/sources/support/s3-server.ts';
import { type Host, startHost } from '../support/host.ts';
import { type HttpSource, startHttpSource } from '../support/http-source.ts';
import { type Jobs, openJobs, storedResult } from '../support/jobs.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { startPostgres } from '../support/postgres.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { PYTHON, PYTHON_MISSING } from './python/interpreter.ts';
import { runFfn } from './support/ffn.ts';
import { installPackage } from './support/package.ts';

const URGENT = 1;
/** More than there are jobs that stay in the queue. */
const SLOTS = 30;

const cleanUp = new AsyncDisposableStack();
let folder: ScratchFolder;
let source: HttpSource;
let s3: S3Server;
let host: Host;
let client: Client;
/** A proxy before the service that loses the first response to each `Idempotency-Key`. */
let lossy: HttpSource;
let runner: Jobs;

before(async () => {
  folder = cleanUp.use(scratchFolder());
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 1), ['-c:a', 'libmp3lame', '-b:a', '96k']);
  writeFileSync(folder.file('a.mp3'), mp3);
  source = cleanUp.use(await startHttpSource((_request, response) => response.end(mp3)));
  const postgres = cleanUp.use(await startPostgres());
  s3 = cleanUp.use(await startS3Server(['own']));
  host = cleanUp.use(
    await startHost({
      DATABASE_URL: postgres.url,
      S3_BUCKET: 'own',
      ...s3.settings,
      SOURCE_ALLOWED_NETWORKS: source.network,
      LOG_LEVEL: 'warn',
    }),
  );
  const lost = new Set<string>();
  lossy = cleanUp.use(
    await startHttpSource(async (request, response) => {
      const key = String(request.headers['idempotency-key']);
      const body = await text(request);
      const answer = await fetch(`${host.url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        ...(body === '' ? {} : { body }),
      });
      const answered = await answer.text();
      if (lost.has(key)) response.writeHead(answer.status).end(answered);
      else request.socket.destroy();
      lost.add(key);
    }),
  );
  client = createClient({ baseUrl: host.url, fallback: false, log: { warn: () => undefined } });
  cleanUp.defer(() => client.close());
  runner = openJobs({ after: (close) => cleanUp.defer(close) }, postgres.url);
  await runUrgentJobs();
});
after(() => cleanUp.disposeAsync());

/** Runs urgent jobs like a runner: their files have the name of the output, and the others stay in the queue. */
async function runUrgentJobs(): Promise<void> {
  const idle = Promise.withResolvers<void>();
  cleanUp.defer(() => idle.resolve());
  await runner.queue.work({
    slots: SLOTS,
    accountConcurrency: SLOTS,
    async handle(entry) {
      const found = await runner.rows.find(entry.id);
      if (found?.record.priority !== URGENT) return await idle.promise;
      const job = await runner.rows.claim(entry, runner.instance);
      if (job === undefined) return;
      const { id, attempt } = job;
      await runner.rows.log(id, attempt, { part: 'log', text: 'frame=1\n' });
      await runner.rows.log(id, attempt, { part: 'command', text: 'ffmpeg -i a\n' });
      await runner.rows.progress(id, attempt, { phase: 'encoding', progress: 50, etaSeconds: 3 });
      await s3.put({ bucket: 'own', key: `jobs/x/${id}`, body: Buffer.from('a sound') });
      const { outputs, cached } = storedResult('output-1');
      const [{ destination = null } = {}] = job.spec.outputs;
      const place = destination === null ? { key: `jobs/x/${id}` } : { key: null, destination };
      const result = { cached, outputs: outputs.map((output) => ({ ...output, ...place })) };
      await runner.rows.settle(id, attempt, { kind: 'completed', result, warnings: [] });
    },
  });
}

const request = (fields: Partial<JobRequest> = {}): JobRequest => ({
  inputs: { a: `${source.origin}/a.mp3` },
  output: { format: 'mp3' },
  ...fields,
});

describe('the jobs of the TypeScript client', () => {
  it('are submitted once although the response is lost, and waited for', async () => {
    await using unreliable = disposable(
      createClient({ baseUrl: lossy.origin, fallback: false, retry: { attempts: 0 } }),
    );
    const before = (await client.jobs.list()).items.length;
    const { id, status } = await unreliable.client.jobs.submit(request({ priority: URGENT }));
    assert.equal(status, 'pending');
    const seen: JobRecord[] = [];
    const job = await client.jobs.wait(id, { onChange: (now) => seen.push(now) });
    assert.deepEqual([job.id, job.status, job.progress], [id, 'completed', 100]);
    assert.ok(seen.every((each) => each.ended_at === null));
    assert.equal((await client.jobs.list()).items.length, before + 1);
    const file = await client.jobs.result(id);
    assert.equal(await (await fetch(file.url)).text(), 'a sound');
    assert.equal(await client.jobs.logs(id), 'frame=1\n');
    assert.equal(await client.jobs.logs(id, { part: 'command' }), 'ffmpeg -i a\n');
    await assert.rejects(client.jobs.result(id, { output: 'film' }), { code: 'VALIDATION_ERROR' });
  });

  it('are checked, cancelled, queued again, listed and deleted', async () => {
    const { jobs } = client;
    assert.partialDeepStrictEqual(await jobs.check(request()), { valid: true, error: null });
    const first = await jobs.submit(request(), { idempotencyKey: 'order 17' });
    assert.deepEqual(await jobs.submit(request(), { idempotencyKey: 'order 17' }), first);
    const { id } = first;
    assert.equal((await jobs.cancel(id)).status, 'cancelled');
    assert.equal((await jobs.wait(id)).status, 'cancelled');
    await assert.rejects(jobs.result(id), { code: 'CONFLICT' });
    assert.equal((await jobs.retry(id)).status, 'pending');
    await assert.rejects(jobs.retry(id), { code: 'CONFLICT' });
    await jobs.cancel(id);
    assert.deepEqual(
      (await jobs.list({ status: 'cancelled', limit: 1 })).items.map((job) => job.id),
      [id],
    );
    await jobs.delete(id);
    await assert.rejects(jobs.get(id), { code: 'NOT_FOUND' });
  });

  it('can be preceded by a probe of their inputs', async () => {
    const found = await client.probe(`${source.origin}/a.mp3`);
    assert.partialDeepStrictEqual(found, {
      kind: 'media',
      container: 'mp3',
      streams: [{ type: 'audio', codec: 'mp3' }],
    });
    await assert.rejects(client.probe('s3://nowhere/x'), { code: 'SOURCE_FORBIDDEN', recoverable: false });
  });

  it('end their wait when the signal is aborted', async () => {
    const { id } = await client.jobs.submit(request());
    const abort = new AbortController();
    const waiting = client.jobs.wait(id, { signal: abort.signal, onChange: () => abort.abort(new Error('enough')) });
    await assert.rejects(waiting, /enough/);
    await client.jobs.cancel(id);
  });
});

describe('the jobs of the Python client', { skip: PYTHON_MISSING }, () => {
  it('have the same methods, with threads and with asyncio', async () => {
    const script = fileURLToPath(new URL('fixtures/jobs.py', import.meta.url));
    const env = {
      PATH: process.env['PATH'],
      PYTHONPATH: fileURLToPath(new URL('../../client/python', import.meta.url)),
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const args = [script, host.url, lossy.origin, `${source.origin}/a.mp3`];
    const { stdout } = await promisify(execFile)(PYTHON, args, { env });
    const { threads, coroutines } = JSON.parse(stdout);
    const { phases, ...rest } = threads;
    assert.deepEqual(rest, {
      check: true,
      probe: 'mp3',
      ended: ['completed', { by: 'python' }, 'output-1', true, 'ffmpeg -i a\n'],
      same: true,
      controlled: ['cancelled', 'CONFLICT', 'pending', true],
    });
    assert.ok(
      phases.every((phase: string) => ['queued', 'fetching', 'encoding'].includes(phase)),
      phases.join(),
    );
    const statuses = ['cancelled', 'pending', 'cancelled'];
    assert.deepEqual(coroutines, ['completed', 'output-1', true, 'frame=1\n', statuses, 2, 'mp3']);
  });
});

describe('ffn job', () => {
  let ffn: string;
  before(async () => {
    ffn = await installPackage(cleanUp.use(scratchFolder()).path);
  });

  const run = (...args: string[]) =>
    runFfn(['job', ...args], { ffn, cwd: folder.path, settings: { FFN_URL: host.url } });

  function spec(name: string, fields: Partial<JobRequest> = {}): string {
    writeFileSync(folder.file(name), JSON.stringify(request(fields)));
    return name;
  }

  it('uploads the files that a request names, shows the progress, and downloads the result', async () => {
    const name = spec('film.json', { inputs: { a: './a.mp3' }, priority: URGENT });
    const { code, stderr, stdout } = await run('submit', name, '--wait', '-o', 'out.mp3');
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(folder.file('out.mp3'), 'utf8'), 'a sound');
    assert.match(stderr, /^job [\da-f-]{36}$/m);
    assert.match(stderr, /^out\.mp3: mp4, 160x90, 0:01, 1\.0 kB$/m);
    assert.equal(stdout.toString(), '');
    const [, id = ''] = /^job (\S+)$/m.exec(stderr) ?? [];
    assert.match((await run('show', id)).stdout.toString(), new RegExp(`^${id}  completed\\n  output-1  mp4`));
    assert.equal((await run('logs', id)).stdout.toString(), 'frame=1\n');
    assert.equal((await run('logs', id, '--command')).stdout.toString(), 'ffmpeg -i a\n');
    const got = await run('get', id, '-o', '-', '--name', 'output-1');
    assert.equal(got.stdout.toString(), 'a sound', got.stderr);
  });

  it('reports where a file is that was sent to a destination', async () => {
    const destination = `${source.origin}/elsewhere.mp3`;
    const name = spec('elsewhere.json', { output: { format: 'mp3', destination }, priority: URGENT });
    const refused = await run('submit', name, '--wait', '-o', 'x.mp3');
    assert.deepEqual([refused.code, /-o cannot have a file/.test(refused.stderr)], [2, true], refused.stderr);
    const [submitted] = (await run('submit', name, '--wait', '--json')).lines();
    const { code, stderr } = await run('get', String(submitted?.['id']), '-o', 'x.mp3');
    assert.equal(code, 1, stderr);
    const reason = `CONFLICT: the file was sent to the destination that the request names: ${destination}`;
    assert.ok(stderr.includes(reason), stderr);
    assert.equal(existsSync(folder.file('x.mp3')), false);
  });

  it('checks, lists, cancels and repeats', async () => {
    const name = spec('slow.json');
    assert.match((await run('submit', name, '--dry-run')).stdout.toString(), /^the request is valid$/m);
    const submitted = await run('submit', name, '--key', 'k', '--json');
    const [{ id, status } = {}] = submitted.lines();
    assert.equal(status, 'pending', submitted.stderr);
    assert.equal((await run('submit', name, '--key', 'k', '--json')).lines()[0]?.['id'], id);
    const listed = (await run('list', '--status', 'pending', '--limit', '1')).stdout.toString();
    assert.match(listed, new RegExp(`^ID .*\\n${id}  pending     queued`));
    assert.match((await run('cancel', `${id}`)).stdout.toString(), /cancelled/);
    assert.match((await run('retry', `${id}`)).stdout.toString(), /pending/);
    await run('cancel', `${id}`);
    const waited = await run('show', `${id}`, '--wait');
    assert.deepEqual([waited.code, /was cancelled/.test(waited.stderr)], [6, true], waited.stderr);
  });

  it('explains what is wrong with a command line or a request', async () => {
    writeFileSync(folder.file('bad.json'), '{');
    const cases = [
      [['dance'], 2, /unknown action "dance"/],
      [['submit'], 2, /usage: ffn job submit SPEC\.json/],
      [['list', 'x'], 2, /usage: ffn job list/],
      [['get', 'x'], 2, /-o OUTPUT is missing/],
      [['submit', 'bad.json'], 2, /bad\.json is not JSON/],
      [['submit', 'none.json'], 4, /none\.json cannot be read \(ENOENT\)/],
      [['submit', spec('field.json', { priority: 11 })], 1, /VALIDATION_ERROR: priority must be/],
      [['submit', spec('file.json', { inputs: { a: './none.mp4' } })], 4, /none\.mp4 cannot be read \(ENOENT\)/],
      [['submit', spec('out.json'), '-o', 'x'], 2, /-o needs --wait/],
      [['submit', spec('own.json', { inputs: { a: './a.mp3' } }), '--key', 'k'], 2, /--key needs inputs that are URLs/],
      [['submit', spec('dry.json', { priority: 11 }), '--dry-run'], 1, /VALIDATION_ERROR: priority must be/],
      [['submit', spec('gone.json', { inputs: { a: 's3://nowhere/x' } }), '--dry-run'], 1, /SOURCE_FORBIDDEN/],
      [['show', 'x'], 1, /NOT_FOUND/],
    ] as const;
    const exits = await Promise.all(cases.map(([args]) => run(...args)));
    for (const [index, [args, code, says]] of cases.entries()) {
      const exit = exits[index] ?? assert.fail();
      assert.equal(exit.code, code, `${args.join(' ')}: ${exit.stderr}`);
      assert.match(exit.stderr, says);
    }
  });
});

function disposable(made: Client) {
  return { client: made, [Symbol.asyncDispose]: async () => made.close() };
}
