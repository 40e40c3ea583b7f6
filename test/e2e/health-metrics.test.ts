import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { call, openTranscode, readAll, transcode } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/gate.ts';
import { type Host, startHost } from '../support/host.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, noise } from '../support/media.ts';

const cleanUp = new AsyncDisposableStack();
let host: Host;
let source: HttpSource;
let mp3: Buffer;
let gate: ReturnType<typeof gated>;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 10), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  gate = gated(mp3, Math.round(mp3.length / 2));
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      if (request.url === '/held') gate.behave(request, response);
      else (request.url === '/missing' ? answer(404) : serve(mp3))(request, response);
    }),
  );
  host = cleanUp.use(
    await startHost({ SOURCE_ALLOWED_NETWORKS: source.network, MAX_CONCURRENT_STREAMS: 7, LOG_LEVEL: 'silent' }),
  );
});
after(() => cleanUp.disposeAsync());

/** The samples of `/metrics`: name with labels → value. Labels of the instance are left out. */
async function metrics(): Promise<(sample: string) => number | undefined> {
  const { status, headers, body } = await call(host, '/metrics');
  assert.equal(status, 200);
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  const samples = new Map<string, number>();
  for (const line of body.toString('utf8').split('\n')) {
    const [, name = '', labels = '', value = ''] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name !== '') samples.set(name + labels.replace(/instance="[^"]*",/, ''), Number(value));
  }
  return (sample) => samples.get(sample);
}

describe('GET /health', () => {
  it('describes the service and the state of its parts', async () => {
    const { status, body, json } = await call(host, '/health');
    assert.equal(status, 200, body.toString());
    const { version, uptime_seconds, ffmpeg_version, confinement, ffmpeg_builds: builds, ...rest } = json();
    assert.match(confinement, /^(?:limits|seccomp|full)$/);
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.match(ffmpeg_version, /\d/);
    assert.equal(builds.audio.version, ffmpeg_version);
    // What every ffmpeg has that can transcode at all is not missing.
    assert.deepEqual(
      builds.audio.missing.filter((name: string) => /encoder:(?:aac|libopus)/.test(name)),
      [],
    );
    assert.ok(builds.full === null || Array.isArray(builds.full.missing));
    assert.ok(uptime_seconds >= 0);
    assert.deepEqual(rest, {
      status: 'healthy',
      service: 'ffmpeg-functions',
      active_streams: 0,
      checks: {
        ffmpeg: { status: 'ok' },
        store: { status: 'disabled' },
        storage: { status: 'disabled' },
        runners: { jobs: { status: 'disabled' } },
      },
    });
  });

  it('responds to probes', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const { status, json } = await call(host, path);
      assert.deepEqual([status, json()], [200, { status: 'ok' }]);
    }
  });
});

describe('While streams run', () => {
  it('health and metrics count them, their memory and their CPU time', async () => {
    const streams = await Promise.all(
      ['opus', 'aac', 'pcm'].map((output_format) =>
        openTranscode(host, { source_url: `${source.origin}/held`, output_format }),
      ),
    );
    assert.equal((await call(host, '/health')).json().active_streams, 3);
    const sample = await metrics();
    assert.equal(sample('active_streams'), 3);
    assert.equal(sample('concurrency_limit'), 7);
    assert.equal(sample('store_up'), 0);
    const [ffmpegMemory = 0, hostMemory = 0] = ['ffmpeg', 'host'].map((part) =>
      sample(`memory_usage_bytes{part="${part}"}`),
    );
    assert.ok(ffmpegMemory > 5e6 && ffmpegMemory < 500e6, `${ffmpegMemory} bytes`);
    assert.ok(hostMemory > 30e6 && hostMemory < 500e6, `${hostMemory} bytes`);
    assert.ok((sample('cpu_seconds_total{part="ffmpeg"}') ?? 0) > 0);
    assert.ok((sample('cpu_seconds_total{part="host"}') ?? 0) > 0);
    gate.open();
    for (const { complete } of await Promise.all(streams.map(readAll))) assert.ok(complete);
  });
});

describe('After streams', () => {
  it('the counters include them', async () => {
    await eventually(async () => assert.equal((await metrics())('active_streams'), 0));
    const before = await metrics();
    const whole = await transcode(host, { source_url: source.origin, output_format: 'aac' });
    await transcode(host, { source_url: `${source.origin}/missing`, output_format: 'aac' });
    const left = await openTranscode(host, { source_url: source.origin, output_format: 'pcm' });
    left.destroy();
    const now = await eventually(async () => {
      const sample = await metrics();
      assert.equal(sample('transcode_requests_total{output_format="pcm",status="cancelled"}'), 1);
      return sample;
    });
    const moved = (sample: string) => (now(sample) ?? 0) - (before(sample) ?? 0);
    assert.equal(moved('transcode_requests_total{output_format="aac",status="completed"}'), 1);
    assert.equal(moved('transcode_requests_total{output_format="aac",status="failed"}'), 1);
    assert.equal(moved('transcode_output_bytes_total{output_format="aac"}'), whole.body.length);
    assert.equal(moved('transcode_latency_ms_count{output_format="aac"}'), 1);
    assert.ok(moved('transcode_latency_ms_sum{output_format="aac"}') > 0);
    assert.equal(moved('transcode_duration_seconds_count{output_format="aac"}'), 2);
    assert.equal(moved('ffmpeg_exits_total{outcome="finished"}'), 1);
    assert.ok(moved('cpu_seconds_total{part="ffmpeg"}') > 0);
    assert.equal(now('memory_usage_bytes{part="ffmpeg"}'), 0);
  });

  it('CPU time never decreases', async () => {
    let last = 0;
    for (let round = 0; round < 5; round += 1) {
      const stream = await openTranscode(host, { source_url: source.origin, output_format: 'aac' });
      const during = (await metrics())('cpu_seconds_total{part="ffmpeg"}') ?? 0;
      assert.ok(during >= last, `${during} after ${last}`);
      await readAll(stream);
      last = (await metrics())('cpu_seconds_total{part="ffmpeg"}') ?? 0;
      assert.ok(last >= during, `${last} after ${during}`);
    }
  });
});

describe('GET /metrics', () => {
  const promtool = isThere('promtool') ? false : 'promtool (prometheus) is not installed';

  it('passes promtool, except for one name from the specification', { skip: promtool }, async () => {
    const { body } = await call(host, '/metrics');
    let report = '';
    try {
      execFileSync('promtool', ['check', 'metrics'], { input: body, stdio: 'pipe' });
    } catch (error) {
      report = String((error as { stderr: Buffer }).stderr);
    }
    const offences = report.split('\n').filter((line) => line !== '' && !line.startsWith('transcode_latency_ms '));
    assert.deepEqual(offences, []);
  });
});

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
