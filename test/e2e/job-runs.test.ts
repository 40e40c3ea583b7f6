import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { gone } from '../support/leaks.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { type JobSystem, type Runner, startJobSystem } from './support/job-system.ts';

let folder: ScratchFolder;
let system: JobSystem;
let runner: Runner;

const SIZE = '160x90';

/** A film of a number of seconds at 25 frames per second, with a tone. */
function film(seconds: number, tone = 440): Buffer {
  execFileSync(MEDIA_FFMPEG, [
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=s=${SIZE}:r=25:d=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=${tone}:r=48000:d=${seconds}`, '-shortest', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-f', 'mp4'],
    ...['-movflags', '+faststart', '-y', folder.file('film.mp4')],
  ]);
  return readFileSync(folder.file('film.mp4'));
}

/** Counts what a file contains. */
function facts(file: Buffer): { readonly frames: number; readonly width: number; readonly seconds: number } {
  const path = folder.file('file.mp4');
  writeFileSync(path, file);
  const [frames = 0, width = 0] = execFileSync(
    MEDIA_FFMPEG.replace(/ffmpeg$/, 'ffprobe'),
    [
      ...['-v', 'error', '-count_frames', '-select_streams', 'v:0'],
      ...['-show_entries', 'stream=nb_read_frames,width', '-of', 'json', path],
    ],
    { encoding: 'utf8' },
  )
    .matchAll(/"(?:width|nb_read_frames)": "?(\d+)/g)
    .map(([, number]) => Number(number))
    .toArray()
    .toReversed();
  return { frames, width, seconds: frames / 25 };
}

before(async () => {
  folder = scratchFolder();
  system = await startJobSystem();
  runner = await system.startRunner();
  system.serve('a.mp4', film(2));
  system.serve('b.mp4', film(1, 880));
});
after(async () => {
  await system[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const url = (name: string) => `${system.source.origin}/${name}`;
const JOINED = {
  inputs: { a: '', b: '' },
  steps: [{ op: 'concat', inputs: ['a', 'b'] }],
  outputs: [{ name: 'film', format: 'mp4' }],
};
const joined = () => ({ ...JOINED, inputs: { a: url('a.mp4'), b: url('b.mp4') } });

describe('a video job', () => {
  it('is queued, run and fetched', async () => {
    const submitted = await system.submit({ ...joined(), metadata: { order: 'A-17' } });
    assert.equal(submitted.status, 'pending');
    const job = await system.waitFor(submitted.id, 'completed');
    assert.deepEqual([job.phase, job.progress, job.attempts, job.errors], ['done', 100, 1, 0]);
    assert.deepEqual(job.metadata, { order: 'A-17' });
    assert.deepEqual(facts(await system.download(job)), { frames: 75, width: 160, seconds: 3 });
    const result = await system.call(`/api/jobs/${job.id}/result`);
    assert.equal(result.status, 302);
    const redirected = Buffer.from(await (await fetch(result.headers.get('location') ?? '')).arrayBuffer());
    assert.equal(redirected.length, job.result?.outputs[0]?.bytes);
    await eventually(async () => {
      const usage = (await (await system.call('/api/usage')).json()) as { cpu_seconds_per_hour: { used: number } };
      assert.ok(usage.cpu_seconds_per_hour.used > 0);
    });
  });

  it('has a log and the command lines of its ffmpegs, without the queries of its sources', async () => {
    const secret = system.serve('a.mp4?token=hidden', film(2));
    const { id } = await system.submit({ ...joined(), inputs: { a: secret, b: url('b.mp4') } });
    await system.waitFor(id, 'completed');
    const log = await (await system.call(`/api/jobs/${id}/logs`)).text();
    const command = await (await system.call(`/api/jobs/${id}/logs?part=command`)).text();
    assert.match(log, /Stream mapping|Output #0/);
    assert.match(command, /^ffmpeg .*-c:v copy/m);
    for (const text of [log, command]) assert.doesNotMatch(text, /hidden/);
  });

  it('fails at once, and for good, when a source is missing', async () => {
    const response = await system.call('/api/jobs', {
      method: 'POST',
      body: { ...joined(), inputs: { a: url('a.mp4'), b: url('missing.mp4') } },
    });
    const error = (await response.json()) as { code: string; details: { field: string; status: number } };
    assert.deepEqual([response.status, error.code], [502, 'DOWNLOAD_FAILED']);
    assert.deepEqual([error.details.field, error.details.status], ['inputs.b', 404]);
  });

  it('is cancelled while its source sends nothing more, and leaves nothing', async () => {
    const head = film(2).subarray(0, 20_000);
    system.serve('stalls.mp4', (_request, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 }).write(head);
    });
    const { id } = await system.submit({ ...joined(), inputs: { a: url('stalls.mp4'), b: url('b.mp4') } });
    await system.waitFor(id, 'processing');
    const cancelled = await system.call(`/api/jobs/${id}/cancel`, { method: 'POST' });
    assert.ok(cancelled.status < 300, `${cancelled.status}`);
    const job = await system.waitFor(id, 'cancelled', 2_000);
    assert.equal(job.result, null);
  });
});

describe('an equal request', () => {
  const submitted = async (body: object) => {
    const { id, status, result } = await system.submit(body);
    return { id, status, isCached: result?.cached };
  };

  it('gets the same job when many come at once: one row, one id', async () => {
    const request = { ...joined(), outputs: [{ name: 'many', format: 'mp4' }], metadata: { many: true } };
    const all = await Promise.all(Array.from({ length: 50 }, () => system.submit(request)));
    assert.equal(new Set(all.map(({ id }) => id)).size, 1);
    const { items } = (await (await system.call('/api/jobs?limit=100')).json()) as { items: { metadata: object }[] };
    assert.equal(items.filter(({ metadata }) => metadata !== null && 'many' in metadata).length, 1);
    const { attempts } = await system.waitFor(all[0]?.id ?? '', 'completed');
    assert.equal(attempts, 1);
  });

  it('gets an earlier result at once, unless it wants none or its source has changed', async () => {
    const first = system.serve('changing.mp4', film(1));
    const request = (order: string, fields: object = {}) => ({
      ...{ inputs: { a: first }, output: { name: 'film', format: 'mp4', width: 80 }, metadata: { order }, ...fields },
    });
    const { id } = await submitted(request('1'));
    const original = await system.waitFor(id, 'completed');
    assert.equal(original.result?.cached, false);
    const again = await submitted(request('2'));
    assert.deepEqual([again.status, again.isCached], ['completed', true]);
    assert.notEqual(again.id, id);
    const copy = await system.download(await system.get(again.id));
    assert.ok(copy.equals(await system.download(original)));
    const line = system.host.log().find(({ job_id, to }) => job_id === again.id && to === 'completed');
    assert.equal(line?.['reason'], 'cache');

    assert.equal((await submitted(request('3', { cache: false }))).status, 'pending');
    system.serve('changing.mp4', film(2));
    const changed = await submitted(request('4'));
    assert.equal(changed.status, 'pending');
    const { result } = await system.waitFor(changed.id, 'completed');
    assert.deepEqual([result?.cached, result?.outputs[0]?.duration_seconds], [false, 2]);

    assert.equal((await system.call(`/api/jobs/${id}`, { method: 'DELETE' })).status, 204);
    assert.ok((await system.download(await system.get(again.id))).equals(copy));
    const metrics = await (await system.call('/metrics')).text();
    assert.match(metrics, /^job_cache_hits_total\{kind="reused"\} 1$/m);
    assert.match(metrics, /^job_cache_hits_total\{kind="joined"\} 49$/m);
  });
});

describe('a preview', () => {
  const preview = (body: object, signal?: AbortSignal) =>
    fetch(`${system.url}/api/jobs/preview`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });

  it('is one frame of a job, as a PNG', async () => {
    const response = await preview({ ...joined(), at: 2.5 });
    const png = Buffer.from(await response.arrayBuffer());
    assert.equal(response.status, 200, png.toString());
    const { headers } = response;
    assert.deepEqual([headers.get('content-type'), headers.get('x-warnings')], ['image/png', '0']);
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [160, 90]);
    const [frame] = execFileSync(MEDIA_FFMPEG, ['-v', 'error', '-i', '-', '-f', 'framehash', '-'], { input: png })
      .toString()
      .match(/^0,.*$/m) ?? [assert.fail('no frame')];
    assert.match(frame, /, +43200,/);
    const late = await preview({ ...joined(), at: 9 });
    const { code, details } = (await late.json()) as { code: string; details: { field: string } };
    assert.deepEqual([late.status, code, details.field], [422, 'VALIDATION_ERROR', 'at']);
    const inputs = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`a${index}`, 'a'.repeat(8_000)]));
    const large = await preview({ inputs, base: 'b' });
    assert.equal(large.status, 422, await large.text());
  });

  it('leaves nothing when its client leaves', async () => {
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    system.serve('held.mp4', (request, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 }).write(film(1).subarray(0, 10_000));
      request.socket.once('close', () => left.resolve());
      asked.resolve();
    });
    const leaving = new AbortController();
    const failed = assert.rejects(preview({ inputs: { a: url('held.mp4') } }, leaving.signal));
    await asked.promise;
    const busy = await preview({ ...joined(), at: 1 });
    assert.deepEqual([busy.status, busy.headers.get('retry-after')], [503, '1']);
    leaving.abort();
    await failed;
    await left.promise;
    await eventually(async () => assert.equal((await preview({ ...joined(), at: 1 })).status, 200));
  });
});

describe('a runner', () => {
  it('that is killed leaves its job to its successor, which completes it once', async () => {
    let held: (() => void) | undefined;
    const whole = film(2);
    system.serve('slow.mp4', (_request, response) => {
      response.writeHead(200, { 'content-length': whole.length }).write(whole.subarray(0, 1_000));
      if (held === undefined) held = () => response.destroy();
      else response.end(whole.subarray(1_000));
    });
    const { id } = await system.submit({ ...joined(), inputs: { a: url('slow.mp4'), b: url('b.mp4') } });
    await system.waitFor(id, 'processing');
    const pid = runner.pid;
    runner.kill();
    await gone([pid], 5_000);
    const startedAt = performance.now();
    runner = await system.startRunner();
    const job = await system.waitFor(id, 'completed');
    assert.ok(performance.now() - startedAt < 20_000);
    assert.deepEqual([job.attempts, job.errors], [2, 0]);
  });
});
