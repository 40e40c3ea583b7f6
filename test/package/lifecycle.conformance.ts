import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { after, before, it } from 'node:test';
import { endlessWav } from '../support/endless-wav.ts';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/gate.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { gone, isEncoder, processes } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { query } from '../support/query.ts';
import { type Answered, type Implementation, type InvokeOptions, whole } from './implementation.ts';
import { conformance, onPlatform } from './implementations.ts';
import type { PackagedFunctions } from './packaged.ts';
import { authorized, eventOf, readEvent } from './sample-events.ts';

let mp3: Buffer;
let wav: Buffer;

/** Endless sound, as fast as it is read. */
const endlessSource: RequestListener = (_, response) => {
  const blocks = endlessWav(wav);
  const push = (): void => {
    while (!response.destroyed && response.write(blocks.next().value as Buffer));
  };
  response.on('drain', push);
  push();
};

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 10), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  wav = await media.make('a.wav', noise('pink', 5));
});

/** A source with a behaviour of the test's choice, and a transcode of it. */
async function startBench(cleanUp: AsyncDisposableStack, implementation: () => Implementation) {
  let behave: RequestListener = answer(404);
  const source: HttpSource = cleanUp.use(await startHttpSource((request, response) => behave(request, response)));
  return async (listener: RequestListener, fields: object, options?: InvokeOptions): Promise<Answered> => {
    behave = listener;
    const event = await authorized(eventOf({ body: { source_url: source.origin, ...fields } }));
    return await implementation().invoke('transcode', event, options);
  };
}

function encodersOf(implementation: Implementation): number[] {
  const own = implementation.processesOf('transcode');
  return processes()
    .filter((entry) => own.includes(entry.pid) && isEncoder(entry))
    .map(({ pid }) => pid);
}

conformance((start) => {
  const cleanUp = new AsyncDisposableStack();
  let implementation: Implementation;
  let transcode: Awaited<ReturnType<typeof startBench>>;

  before(async () => {
    transcode = await startBench(cleanUp, () => implementation);
    implementation = cleanUp.use(await start());
  });
  after(() => cleanUp.disposeAsync());

  it('end a stream before the platform does, and report it', async (t) => {
    const runtime = implementation.processesOf('transcode')[0];
    const timeoutMs = 4_000;
    const startedAt = performance.now();
    const { statusCode, body, end } = await whole(
      await transcode(endlessSource, { output_format: 'opus', live: true }, { timeoutMs }),
    );
    const ms = performance.now() - startedAt;
    t.diagnostic(`used ${ms.toFixed(0)} of ${timeoutMs} ms; reported to the platform: ${JSON.stringify(end)}`);
    assert.equal(statusCode, 200);
    assert.ok(body.length > 0);
    assert.notEqual(end, 'complete');
    assert.notDeepEqual(end, { errorType: 'Sandbox.Timedout' });
    assert.match(implementation.printed(), /"code":"TIMEOUT"/);
    await eventually(() => assert.deepEqual(encodersOf(implementation), []));
    const next = await whole(await transcode(serve(mp3), { output_format: 'opus' }));
    assert.deepEqual([next.statusCode, next.end], [200, 'complete']);
    if (runtime !== undefined) assert.equal(implementation.processesOf('transcode')[0], runtime);
  });

  it('respond with 504 when the time limit is reached before the first byte', async () => {
    const late = await whole(await transcode(() => undefined, { output_format: 'opus' }, { timeoutMs: 2_000 }));
    assert.deepEqual([late.statusCode, late.json().code, late.end], [504, 'TIMEOUT', 'complete']);
  });
});

onPlatform((start) => {
  const cleanUp = new AsyncDisposableStack();
  let functions: PackagedFunctions;
  let postgres: Postgres;
  let transcode: Awaited<ReturnType<typeof startBench>>;
  const STREAMED_BYTES = 1 << 20;

  before(async () => {
    transcode = await startBench(cleanUp, () => functions);
    postgres = cleanUp.use(await startPostgres());
    functions = cleanUp.use(await start({ databaseUrl: postgres.url, streamedBytes: STREAMED_BYTES }));
  });
  after(() => cleanUp.disposeAsync());

  it('start cold', async (t) => {
    const answered = await transcode(serve(mp3), { output_format: 'opus' });
    const chunks = answered.chunks[Symbol.asyncIterator]();
    const { value } = await chunks.next();
    const { startedAt = 0, readyAt = 0 } = functions.environments('transcode')[0] ?? {};
    t.diagnostic(`from the process to its first /next: ${(readyAt - startedAt).toFixed(0)} ms`);
    t.diagnostic(`to the first byte of its first transcode: ${(value.at - startedAt).toFixed(0)} ms`);
    while (!(await chunks.next()).done);
    assert.equal(await answered.end, 'complete');
    const steps = await eventually(() => {
      const [found] = /"validated_ms":.*"first_byte_ms":[\d.]+/.exec(functions.printed()) ?? [];
      assert.ok(found, functions.printed());
      return found;
    });
    t.diagnostic(`of the invocation: ${steps.replaceAll('"', '')}`);
  });

  it('report the ffmpeg of the layer, and that it is confined', async () => {
    const { ffmpeg_version: version, confinement } = (
      await whole(await functions.invoke('health', readEvent('health.json')))
    ).json();
    const layer = new URL('../../layers/ffmpeg-audio/dist/bin/ffmpeg-audio', import.meta.url).pathname;
    const [, expected] = /^ffmpeg version (\S+)/.exec(execFileSync(layer, ['-version'], { encoding: 'utf8' })) ?? [];
    assert.equal(version, expected);
    assert.equal(confinement, 'full');
  });

  it('are stopped at the deadline when they do not end, and another environment takes over', async () => {
    const stuck = gated(mp3, mp3.length / 2);
    const answered = await transcode(stuck.behave, { output_format: 'opus' }, { timeoutMs: 3_000 });
    const chunks = answered.chunks[Symbol.asyncIterator]();
    await chunks.next();
    const pids = functions.processesOf('transcode');
    const [runtime = Number.NaN] = pids;
    process.kill(runtime, 'SIGSTOP');
    while (!(await chunks.next()).done);
    assert.deepEqual(await answered.end, { errorType: 'Sandbox.Timedout' });
    assert.match(functions.printed(), /Task timed out after 3\.00 seconds/);
    await gone(pids, 5_000);
    const next = await whole(await transcode(serve(mp3), { output_format: 'opus' }));
    assert.deepEqual([next.statusCode, next.end], [200, 'complete']);
  });

  it('are cut off at the largest response, and leave nothing behind', async () => {
    const { body, end } = await whole(await transcode(endlessSource, { output_format: 'pcm' }));
    assert.deepEqual(end, { errorType: 'Function.ResponseSizeTooLarge' });
    assert.ok(body.length <= STREAMED_BYTES);
    await eventually(() => assert.deepEqual(encodersOf(functions), []));
    const next = await whole(await transcode(serve(mp3), { output_format: 'opus' }));
    assert.deepEqual([next.statusCode, next.end], [200, 'complete']);
  });

  it('are not notified of a disconnect, and handle the next request', async () => {
    const gate = gated(mp3, mp3.length / 2);
    const answered = await transcode(gate.behave, { output_format: 'opus' });
    const chunks = answered.chunks[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.return?.();
    assert.equal(gate.waiting(), 1);
    assert.equal(encodersOf(functions).length, 1);
    gate.open();
    assert.equal(await answered.end, 'complete');
  });

  it('are separate in the metrics, even when their machines are alike', async () => {
    await whole(await transcode(serve(mp3), { output_format: 'opus' }));
    await whole(await functions.invoke('health', readEvent('health.json')));
    const { body } = await whole(await functions.invoke('metrics', readEvent('metrics.json')));
    const samples = body
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.replace(/ \S+$/, ''));
    assert.deepEqual(samples.filter((sample, index) => samples.indexOf(sample) !== index).toSorted(), []);
    // Includes frozen environments.
    assert.match(body.toString('utf8'), /^transcode_requests_total\{output_format="opus",status="completed"\} [1-9]/m);
  });

  it('deregister when their environment is shut down, and leave nothing behind', async () => {
    const answered = await whole(await transcode(serve(mp3), { output_format: 'opus' }));
    assert.equal(answered.end, 'complete');
    const living = async () => (await query(postgres.url, 'SELECT id FROM instances WHERE ended_at IS NULL')).length;
    const before = await living();
    const environment = functions.environments('transcode').findLast((candidate) => candidate.isAlive());
    const pids = environment?.pids() ?? [];
    await environment?.shutDown();
    assert.equal(await living(), before - 1, environment?.printed());
    await gone(pids, 1_000);
  });

  it('reconnect when the database has closed the connection while they were frozen', async () => {
    await whole(await transcode(serve(mp3), { output_format: 'opus' }));
    const environments = functions.environments('transcode').length;
    await query(
      postgres.url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const { headers, end } = await whole(await transcode(serve(mp3), { output_format: 'opus' }));
    assert.equal(end, 'complete');
    assert.equal(functions.environments('transcode').length, environments, 'the environment is a different one');
    await eventually(async () => {
      const ended = `SELECT state FROM transcodes WHERE id = '${headers['x-transcode-id']}'`;
      assert.deepEqual(await query(postgres.url, ended), [{ state: 'completed' }], functions.printed());
    });
  });
});
