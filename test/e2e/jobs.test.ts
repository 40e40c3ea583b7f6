import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { v7 as uuid } from 'uuid';
import type { AttemptOutcome, ClaimedJob } from '#lib/jobs/attempt.ts';
import { DRY_RUN } from '#lib/jobs/dry-run.ts';
import { JOB_PAGE, JOB_RECORD } from '#lib/jobs/record.ts';
import { type S3Server, startS3Server } from '../lib/sources/support/s3-server.ts';
import { type Answer, type CallOptions, call, type Fields } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { type Host, startHost } from '../support/host.ts';
import { type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { type Jobs, openJobs, storedResult } from '../support/jobs.ts';
import { claims, JWT_SECRET, tokenOf } from '../support/jwt.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { startPostgres } from '../support/postgres.ts';
import { followEvents } from '../support/server-events.ts';

const MOST_JOBS = 30;
const SUBS = Buffer.from('1\n00:00:01,000 --> 00:00:02,000\n\xcf\xf0\xe8\n', 'latin1');

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let s3: S3Server;
let host: Host;
/** Stands for a runner: it has the same rows and the same queue. */
let runner: Jobs;

before(async () => {
  await using media = await createMediaFolder();
  const mp3 = await media.make('a.mp3', noise('pink', 1), ['-c:a', 'libmp3lame', '-b:a', '96k']);
  const flac = await media.make('beep.flac', noise('pink', 1), []);
  const pictures = { lavfi: 'testsrc=size=160x90:rate=25:duration=20,noise=alls=60:allf=t' };
  const film = await media.make('film.mp4', pictures, [
    '-c:v',
    'libx264',
    '-qp',
    '0',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
  ]);
  assert.ok(film.length > 3 << 20, `${film.length} bytes`);
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      const path = request.url?.split('?')[0];
      if (path === '/silent') return;
      if (path === '/film.mp4') return serve(film)(request, response);
      if (path === '/beep.flac') return serve(flac)(request, response);
      if (path === '/subs') return serve(SUBS)(request, response);
      if (path === '/text') response.end('<html>'.repeat(100));
      else if (path?.startsWith('/a')) response.end(mp3);
      else response.writeHead(404).end();
    }),
  );
  const postgres = cleanUp.use(await startPostgres());
  s3 = cleanUp.use(await startS3Server(['own']));
  host = cleanUp.use(
    await startHost({
      DATABASE_URL: postgres.url,
      S3_BUCKET: 'own',
      ...s3.settings,
      SOURCE_ALLOWED_NETWORKS: source.network,
      SECRETS_KEYS: `test:${Buffer.alloc(32).toString('base64url')}`,
      JWT_SECRET,
      LOG_LEVEL: 'info',
      MAX_JOBS_PER_CALLER: MOST_JOBS,
      JOB_RESULT_DAYS: 3,
    }),
  );
  runner = openJobs({ after: (close) => cleanUp.defer(close) }, postgres.url);
});
after(() => cleanUp.disposeAsync());

type Ask = Omit<CallOptions, 'headers'> & { readonly headers?: Record<string, string>; readonly scope?: string };

/** Sends a request as a caller with a token. */
async function as(sub: string, path: string, { scope = 'jobs', headers, ...options }: Ask = {}): Promise<Answer> {
  const authorization = `Bearer ${await tokenOf(claims({ sub, scope }))}`;
  return await call(host, path, { ...options, headers: { ...headers, authorization } });
}

const request = (fields: Fields = {}) => ({
  inputs: { a: `${source.origin}/a` },
  output: { format: 'mp3' },
  ...fields,
});

function submit(sub: string, fields: Fields = {}, headers: Record<string, string> = {}): Promise<Answer> {
  return as(sub, '/api/jobs', { body: request(fields), headers });
}

async function submitted(sub: string, fields: Fields = {}): Promise<string> {
  const answer = await submit(sub, fields);
  assert.equal(answer.status, 202, answer.body.toString());
  return answer.json().id;
}

/** Attempts that the runner has claimed: the end of each. */
const ends = new Map<string, PromiseWithResolvers<void>>();

/** Takes the next entry, which is that of an urgent job, and claims it. The entry is held until `settle`. */
async function claim(id: string): Promise<number> {
  const claimed = Promise.withResolvers<ClaimedJob | undefined>();
  const end = Promise.withResolvers<void>();
  ends.set(id, end);
  const work = await runner.queue.work({
    slots: 1,
    accountConcurrency: 1,
    async handle(entry) {
      claimed.resolve(await runner.rows.claim(entry, runner.instance));
      await end.promise;
    },
  });
  const job = await claimed.promise;
  void end.promise.then(() => work.stop());
  assert.equal(job?.id, id);
  return job.attempt;
}

async function settle(id: string, attempt: number, outcome: AttemptOutcome): Promise<void> {
  await runner.rows.settle(id, attempt, outcome);
  ends.get(id)?.resolve();
}

/** Completes a job with files of these names, and returns what is in them. */
async function complete(id: string, ...names: string[]): Promise<void> {
  const attempt = await claim(id);
  const { outputs, cached } = storedResult(...names);
  for (const { name } of outputs) await s3.put({ bucket: 'own', key: `jobs/x/${id}/${name}`, body: Buffer.from(name) });
  const result = { cached, outputs: outputs.map((output) => ({ ...output, key: `jobs/x/${id}/${output.name}` })) };
  await runner.rows.settle(id, attempt, {
    kind: 'completed',
    result,
    warnings: ['see https://a.example/?token=SECRET'],
  });
}

/** Jobs for the runner, which takes them before all others. */
const URGENT = { priority: 1 };

const linesOf = (id: string) => host.log().filter(({ msg, job_id }) => msg === 'job' && job_id === id);

describe('a submitted job', () => {
  it('waits in the queue, and is returned by its URL', async () => {
    const answer = await submit('ann', { metadata: { order: 'A-17' }, priority: 7 });
    assert.equal(answer.status, 202);
    const job = answer.json();
    assert.deepEqual(JOB_RECORD.parse(job), job);
    assert.partialDeepStrictEqual(job, {
      ...{ status: 'pending', phase: 'queued', progress: null, attempts: 0, errors: 0, priority: 7, result: null },
      metadata: { order: 'A-17' },
    });
    assert.equal(typeof job.queue_position, 'number');
    assert.equal(answer.headers['location'], `/api/jobs/${job.id}`);
    assert.equal(answer.headers['idempotency-replayed'], 'false');
    assert.deepEqual((await as('ann', answer.headers['location'] ?? '')).json(), job);
    const [line] = await eventually(() => {
      const found = linesOf(job.id);
      assert.equal(found.length, 1);
      return found;
    });
    assert.partialDeepStrictEqual(line, { from: null, to: 'pending', phase: 'queued', attempt: 0 });
  });

  it('is checked before: each offence names its field', async () => {
    for (const [fields, field] of [
      [{ output: { format: 'exe' } }, 'output.format'],
      [{ steps: [{ op: 'trim', from: 5, to: 2 }] }, 'steps[0].to'],
      [{ steps: [{ op: 'concat', inputs: ['b'] }] }, 'steps[0].inputs[0]'],
      [{ expires_in_days: 31 }, 'expires_in_days'],
      [{ bogus: 1 }, 'bogus'],
    ] as const) {
      assertError(await submit('ann', fields), { status: 422, code: 'VALIDATION_ERROR', details: { field } });
    }
    assert.equal((await as('ann', '/api/jobs', { body: '{' })).status, 400);
  });

  it('is refused at once for a source that is refused for good, and accepted for one that is slow', async () => {
    for (const [path, status, code] of [
      ['/missing?token=SECRET', 502, 'DOWNLOAD_FAILED'],
      ['/text', 415, 'UNSUPPORTED_FORMAT'],
    ] as const) {
      const answer = await submit('ann', { inputs: { a: `${source.origin}/a`, b: source.origin + path }, base: 'a' });
      assertError(answer, { status, code, recoverable: false, details: { field: 'inputs.b' } });
      assert.doesNotMatch(answer.body.toString(), /SECRET/);
    }
    const inside = await submit('ann', { inputs: { a: 'http://169.254.169.254/latest' } });
    assertError(inside, { status: 403, code: 'SOURCE_FORBIDDEN', details: { field: 'inputs.a' } });
    assert.equal((await submit('ann', { inputs: { a: `${source.origin}/silent` } })).status, 202);
  });

  it('is refused when its result may not go where it should', async () => {
    const output = { format: 'mp3', destination: 's3://others/film.mp3' };
    const answer = await submit('ann', { output });
    assertError(answer, { status: 403, code: 'SOURCE_FORBIDDEN', details: { field: 'outputs[0].destination' } });
  });

  it('is refused when its callback may not be called', async () => {
    const answer = await submit('ann', { callback_url: 'https://127.0.0.1/done' });
    assertError(answer, { status: 403, code: 'SOURCE_FORBIDDEN', details: { field: 'callback_url' } });
  });

  it('may have a body of 1 MiB, and no more', async () => {
    const url = (index: number) => `${source.origin}/a?${'x'.repeat(8_000)}${index}`;
    const inputs = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`a${index}`, url(index)]));
    const answer = await submit('big', { inputs, base: 'a0' });
    assert.equal(answer.status, 202, answer.body.toString().slice(0, 500));
    const padding = ' '.repeat(1_048_576);
    const tooLarge = await as('big', '/api/jobs', { body: JSON.stringify(request()) + padding });
    assertError(tooLarge, { status: 413, code: 'PAYLOAD_TOO_LARGE' });
    const invalid = await as('big', '/api/jobs', {
      body: JSON.stringify(request({ x: 1 })) + padding.slice(0, 100_000),
    });
    assertError(invalid, { status: 422, code: 'VALIDATION_ERROR', details: { field: 'x' } });
  });
});

describe('an Idempotency-Key', () => {
  it('makes one job of many requests at once, and repeats its response', async () => {
    const key = { 'idempotency-key': uuid() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit('ida', {}, key)));
    const bodies = new Set(answers.map(({ body }) => body.toString()));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
    assert.equal(bodies.size, 1);
    assert.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true').length, 19);
    assert.equal((await as('ida', '/api/jobs')).json().items.length, 1);
  });

  it('repeats the first response, whatever has become of the job', async () => {
    const key = { 'idempotency-key': 'order 17' };
    const first = await submit('ivo', {}, key);
    await as('ivo', `/api/jobs/${first.json().id}/cancel`, { method: 'POST' });
    const again = await submit('ivo', { steps: [] }, key);
    assert.deepEqual([again.status, again.json()], [202, first.json()]);
    assert.equal((await submit('ivo', {}, { 'idempotency-key': 'order 18' })).json().id === first.json().id, false);
  });

  it('is refused with another body, and belongs to its caller', async () => {
    const key = { 'idempotency-key': 'k' };
    assert.equal((await submit('ilse', {}, key)).status, 202);
    const other = await submit('ilse', { priority: 9 }, key);
    assertError(other, { status: 409, code: 'CONFLICT', details: { reason: 'idempotency_key' } });
    assert.equal((await submit('ilka', { priority: 9 }, key)).headers['idempotency-replayed'], 'false');
    assertError(await submit('ilse', {}, { 'idempotency-key': 'x'.repeat(256) }), {
      ...{ status: 422, code: 'VALIDATION_ERROR', details: { field: 'Idempotency-Key' } },
    });
  });
});

describe('a dry run', () => {
  const dryRun = (fields: Fields) => as('dry', '/api/jobs?dry_run=true', { body: request(fields) });

  it('checks everything and queues nothing', async () => {
    const valid = await dryRun({});
    assert.equal(valid.status, 200);
    assert.partialDeepStrictEqual(valid.json(), { valid: true, error: null, warnings: [], plan: null });
    assert.match(valid.json().plan_missing_because, /inputs\.a does not state its length/);
    const invalid = (await dryRun({ inputs: { a: `${source.origin}/missing` } })).json();
    assert.partialDeepStrictEqual(invalid, {
      ...{ valid: false, plan: null, error: { code: 'DOWNLOAD_FAILED', details: { field: 'inputs.a' } } },
    });
    assert.deepEqual((await as('dry', '/api/jobs')).json(), { items: [], next_cursor: null });
  });
});

describe('the plan of a dry run', () => {
  const plan = async (fields: Fields) => {
    const inputs = { film: `${source.origin}/film.mp4` };
    const body = { inputs, outputs: [{ format: 'mp4' }, { format: 'jpg', at: 1 }], ...fields };
    const answer = await as('plan', '/api/jobs?dry_run=true', { body });
    assert.equal(answer.status, 200, answer.body.toString());
    return DRY_RUN.parse(answer.json());
  };

  it('is made of the ends of the inputs', async () => {
    const clips = [
      { input: 'film', from: 15, to: 18 },
      { input: 'film', from: 0, to: 1 },
    ];
    const made = await plan({
      steps: [
        { op: 'concat', inputs: clips },
        { op: 'scale', width: 80, height: 44 },
      ],
    });
    assert.deepEqual(made, {
      valid: true,
      error: null,
      warnings: made.warnings,
      plan: {
        seconds: 4,
        frames: 100,
        clips: clips.map((clip, index) => ({ ...clip, at: 3 * index, transition: null })),
        outputs: [
          {
            ...{
              name: 'output-1',
              format: 'mp4',
              seconds: 4,
              width: 80,
              height: 44,
              video: 'encoded',
              audio: null,
            },
            not_copied_because: 'video: the output is 80x44, the picture 160x90',
          },
          {
            ...{ name: 'output-2', format: 'jpg', seconds: null, width: 80, height: 44, video: 'encoded', audio: null },
            not_copied_because: 'video: a frame is encoded as a picture',
          },
        ],
      },
      plan_missing_because: null,
    });
    const received = source.requests.filter(({ url }) => url === '/film.mp4');
    assert.ok(received.some(({ headers }) => headers.range !== undefined));
  });

  it('says what is copied, as far as the ends show', async () => {
    const treated = async (fields: Fields) => {
      const { video, audio, not_copied_because: because } = (await plan(fields)).plan?.outputs[0] ?? {};
      return [video, audio, because];
    };
    assert.deepEqual(await treated({}), ['copied', null, null]);
    const [video, audio, because] = await treated({ steps: [{ op: 'trim', from: 5 }] });
    assert.deepEqual([video, audio], [null, null]);
    assert.match(because ?? '', /not known before it is read whole$/);
  });

  it('knows new sound and subtitles', async () => {
    const inputs = {
      film: `${source.origin}/film.mp4`,
      music: `${source.origin}/beep.flac`,
      subs: `${source.origin}/subs`,
    };
    const steps = [
      { op: 'audio', mode: 'replace', input: 'music', loop: true },
      { op: 'subtitles', mode: 'embed', input: 'subs', language: 'rus' },
    ];
    const made = await plan({ inputs, steps });
    const [film] = made.plan?.outputs ?? [];
    assert.deepEqual(
      [film?.video, film?.audio, film?.not_copied_because],
      ['copied', 'encoded', 'audio: a step replaces it'],
    );
    assert.deepEqual(made.warnings, [
      'outputs[1] has no subtitles: jpg cannot carry them',
      'inputs.subs is not UTF-8 and has no encoding: it was read as windows-1251, which may be wrong',
    ]);
    const wrong = await plan({ inputs: { ...inputs, subs: `${source.origin}/beep.flac` }, steps });
    assert.deepEqual(
      [wrong.valid, wrong.error?.code, wrong.error?.details['field']],
      [false, 'UNSUPPORTED_FORMAT', 'steps[1].input'],
    );
  });

  it('says what would fail the job', async () => {
    const { valid, error, plan: none } = await plan({ steps: [{ op: 'trim', from: 30, to: 40 }] });
    assert.deepEqual(
      [valid, error?.code, error?.details['field'], none],
      [false, 'VALIDATION_ERROR', 'steps[0].from', null],
    );
    assert.equal(error?.details['phase'], 'probing');
  });
});

describe('the jobs of a caller', () => {
  it('are listed newest first, in pages, by status', async () => {
    const ids = [await submitted('lea'), await submitted('lea'), await submitted('lea')];
    await as('lea', `/api/jobs/${ids[1]}/cancel`, { method: 'POST' });
    const first = (await as('lea', '/api/jobs?limit=2')).json();
    assert.deepEqual(JOB_PAGE.parse(first), first);
    const second = (await as('lea', `/api/jobs?limit=2&cursor=${first.next_cursor}`)).json();
    const seen = [...first.items, ...second.items].map(({ id }) => id);
    assert.deepEqual([seen, second.next_cursor], [ids.toReversed(), null]);
    const of = async (status: string) =>
      (await as('lea', `/api/jobs?status=${status}`)).json().items.map(({ id }: { id: string }) => id);
    assert.deepEqual(await of('cancelled'), [ids[1]]);
    assert.deepEqual(await of('active'), [ids[2], ids[0]]);
    assertError(await as('lea', '/api/jobs?status=running'), { status: 422, code: 'VALIDATION_ERROR' });
  });

  it('do not exist for others, by any route', async () => {
    const id = await submitted('mia');
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['GET', '/logs'],
      ['GET', '/result'],
      ['GET', '/callbacks'],
      ['POST', '/callbacks/job.completed/replay'],
      ['POST', '/cancel'],
      ['POST', '/retry'],
      ['DELETE', ''],
    ] as const) {
      const refused = { status: 404, code: 'NOT_FOUND', recoverable: false };
      for (const target of [id, uuid(), 'nothing'])
        assertError(await as('eve', `/api/jobs/${target}${path}`, { method }), refused);
      const scope = await as('mia', `/api/jobs/${id}${path}`, { method, scope: 'transcode' });
      assertError(scope, { status: 403, code: 'FORBIDDEN', details: { scope: 'jobs' } });
    }
    assert.equal((await as('mia', `/api/jobs/${id}`)).json().status, 'pending');
  });

  it('are limited in number', async () => {
    const answers = await Promise.all(Array.from({ length: MOST_JOBS + 2 }, () => submit('max')));
    const refused = answers.filter(({ status }) => status !== 202);
    assert.equal(refused.length, 2);
    for (const answer of refused) {
      assertError(answer, { status: 429, code: 'RATE_LIMITED', details: { budget: 'jobs', limit: MOST_JOBS } });
    }
    const usage = (await as('max', '/api/usage')).json();
    assert.deepEqual(usage.jobs, { used: MOST_JOBS, limit: MOST_JOBS, unit: 'count' });
  });
});

describe('a job that waits', () => {
  it('is cancelled at once, is queued again under its id, and is deleted', async () => {
    const id = await submitted('cay');
    const post = (action: string) => as('cay', `/api/jobs/${id}/${action}`, { method: 'POST' });
    assertError(await post('retry'), { status: 409, code: 'CONFLICT', details: { status: 'pending' } });
    const cancelled = await post('cancel');
    assert.deepEqual([cancelled.status, cancelled.json().status], [200, 'cancelled']);
    assert.equal((await post('cancel')).status, 200);
    const retried = await post('retry');
    assert.deepEqual([retried.status, retried.json().status, retried.json().id], [202, 'pending', id]);
    assert.equal((await as('cay', `/api/jobs/${id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await as('cay', `/api/jobs/${id}`)).status, 404);
    await eventually(() =>
      assert.deepEqual(
        linesOf(id).map(({ from, to }) => [from, to]),
        [
          [null, 'pending'],
          ['pending', 'cancelled'],
          ['cancelled', 'pending'],
        ],
      ),
    );
  });
});

describe('a job that runs', () => {
  it('is cancelled by its runner, and cannot be deleted before', async () => {
    const id = await submitted('run', URGENT);
    const attempt = await claim(id);
    assertError(await as('run', `/api/jobs/${id}`, { method: 'DELETE' }), { status: 409, code: 'CONFLICT' });
    assertError(await as('run', `/api/jobs/${id}/result`), {
      ...{ status: 409, code: 'CONFLICT', details: { status: 'processing' } },
    });
    const { promise: asked, resolve } = Promise.withResolvers<string | undefined>();
    const stop = runner.rows.onCancelled((each) => each === id && resolve(each));
    await eventually(async () => {
      const { status } = await as('run', `/api/jobs/${id}/cancel`, { method: 'POST' });
      assert.equal(status, 202);
      assert.equal(await Promise.race([asked, undefined]), id);
    });
    stop();
    await settle(id, attempt, { kind: 'cancelled' });
    assert.equal((await as('run', `/api/jobs/${id}`)).json().status, 'cancelled');
  });

  it('has the log of ffmpeg, and its command lines', async () => {
    const id = await submitted('log', URGENT);
    const attempt = await claim(id);
    await runner.rows.log(id, attempt, { part: 'log', text: 'frame=1\n' });
    await runner.rows.log(id, attempt, { part: 'command', text: 'ffmpeg -i a\n' });
    const log = await as('log', `/api/jobs/${id}/logs`);
    assert.equal(log.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(log.body.toString(), 'frame=1\n');
    assert.equal((await as('log', `/api/jobs/${id}/logs?part=command`)).body.toString(), 'ffmpeg -i a\n');
    await settle(id, attempt, { kind: 'cancelled' });
    assertError(await as('log', `/api/jobs/${id}/logs?part=x`), { status: 422, code: 'VALIDATION_ERROR' });
  });
});

describe('a completed job', () => {
  it('has signed URLs of its files, and sends to each of them', async () => {
    const id = await submitted('fin', URGENT);
    await complete(id, 'film', 'poster');
    const job = (await as('fin', `/api/jobs/${id}`)).json();
    assert.deepEqual(JOB_RECORD.parse(job), job);
    assert.deepEqual([job.status, job.progress], ['completed', 100]);
    const days = (Date.parse(job.result.expires_at) - Date.parse(job.ended_at)) / 86_400_000;
    assert.ok(Math.abs(days - 3) < 0.01, `${days} days`);
    for (const { name, url } of job.result.outputs) assert.equal(await (await fetch(url)).text(), name);
    assert.doesNotMatch(JSON.stringify(job.warnings), /SECRET/);
    const { status, headers, body } = await as('fin', `/api/jobs/${id}/result?output=poster`);
    assert.deepEqual([status, body.length, headers['cache-control']], [302, 0, 'no-store']);
    assert.equal(await (await fetch(headers['location'] ?? '')).text(), 'poster');
    for (const query of ['', '?output=film2']) {
      const answer = await as('fin', `/api/jobs/${id}/result${query}`);
      assertError(answer, { status: 422, code: 'VALIDATION_ERROR', details: { field: 'output' } });
    }
    const cancel = await as('fin', `/api/jobs/${id}/cancel`, { method: 'POST' });
    assertError(cancel, { status: 409, code: 'CONFLICT', details: { status: 'completed' } });
    const retry = await as('fin', `/api/jobs/${id}/retry`, { method: 'POST' });
    assertError(retry, { status: 409, code: 'CONFLICT', details: { status: 'completed' } });
  });

  it('of one file needs no name, and has no files once they have expired', async () => {
    const id = await submitted('exp', URGENT);
    await complete(id, 'film');
    assert.equal((await as('exp', `/api/jobs/${id}/result`)).status, 302);
    assert.equal((await as('exp', '/api/usage')).json().stored_bytes.used, 1_000);
    await runner.store.database.run((db) =>
      db
        .updateTable('jobs')
        .set({ result_expires_at: new Date(0) })
        .where('id', '=', id)
        .execute(),
    );
    assert.equal((await as('exp', `/api/jobs/${id}`)).json().result, null);
    assert.equal((await as('exp', `/api/jobs/${id}/result`)).status, 404);
    await runner.rows.expireResults();
    assertError(await as('exp', `/api/jobs/${id}/result`), { status: 404, code: 'NOT_FOUND' });
    assert.equal((await as('exp', `/api/jobs/${id}`)).json().result, null);
  });

  it('was followed by its events, which resume', async () => {
    const id = await submitted('eva', URGENT);
    const headers = { authorization: `Bearer ${await tokenOf(claims({ sub: 'eva', scope: 'jobs' }))}` };
    const first = await followEvents(host, `/api/jobs/${id}`, headers);
    await eventually(() => assert.equal(first.events.length, 1));
    first.response.destroy();
    await complete(id, 'film');
    const last = first.events.at(-1)?.id ?? '';
    const second = await followEvents(host, `/api/jobs/${id}`, { ...headers, 'last-event-id': last });
    assert.ok(await second.ended);
    const seen = [...first.events, ...second.events];
    assert.deepEqual(
      seen.map(({ event, data }) => [event, data.status]),
      [
        ['status', 'pending'],
        ['status', 'processing'],
        ['status', 'completed'],
        ['end', 'completed'],
      ],
    );
    const { data: end, id: seq } = seen.at(-1) ?? assert.fail();
    assert.deepEqual(JOB_RECORD.parse(end), end);
    assert.equal(await (await fetch(end.result.outputs[0].url)).text(), 'film');
    assert.equal((await as('eva', `/api/jobs/${id}/events?last_event_id=${seq}`)).status, 204);
  });

  it('has its callbacks, which can be sent again', async () => {
    const id = await submitted('cal', URGENT);
    await complete(id, 'film');
    assert.deepEqual((await as('cal', `/api/jobs/${id}/callbacks`)).json(), { items: [] });
    const replay = await as('cal', `/api/jobs/${id}/callbacks/job.completed/replay`, { method: 'POST' });
    assertError(replay, { status: 404, code: 'NOT_FOUND' });
  });
});
