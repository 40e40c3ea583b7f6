import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { OUTCOME_KINDS } from '#lib/ffmpeg/outcome.ts';
import { createMetrics, type MetricsOptions } from '#lib/metrics/registry.ts';
import { expositionOf } from '#lib/metrics/snapshot.ts';

const USAGE = {
  hostMemoryBytes: 100,
  ffmpegMemory: { privateBytes: 20, sharedBytes: 3 },
  hostCpuSeconds: 1.5,
  ffmpegCpuSeconds: 0.25,
};

function metrics(options: Partial<MetricsOptions> = {}) {
  const registry = createMetrics({
    instance: 'a-1',
    concurrencyLimit: 50,
    activeStreams: () => 3,
    budgets: () => ({ places: { used: 3, limit: 50 } }),
    usage: () => USAGE,
    ...options,
  });
  return { ...registry, exposition: async () => await expositionOf([await registry.snapshot()]) };
}

/** Returns the samples of an exposition: name with labels → value. */
function samples(exposition: string): Map<string, number> {
  return new Map(
    exposition
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** The only name with a unit that Prometheus advises against: it expects seconds. Clients rely on the name. */
const AGREED = 'transcode_latency_ms';
const PROMTOOL = spawnSync('promtool', ['--version']).error === undefined;

describe('the metrics', () => {
  it('report current values', async () => {
    let active = 0;
    const registry = metrics({ activeStreams: () => active });
    assert.equal(samples(await registry.exposition()).get('active_streams'), 0);
    active = 7;
    const now = samples(await registry.exposition());
    assert.equal(now.get('active_streams'), 7);
    assert.equal(now.get('concurrency_limit'), 50);
    assert.equal(now.get('budget_used{budget="places"}'), 3);
    assert.equal(now.get('budget_limit{budget="places"}'), 50);
    assert.equal(now.get('memory_usage_bytes{instance="a-1",part="host"}'), 100);
    assert.equal(now.get('memory_usage_bytes{instance="a-1",part="ffmpeg"}'), 23);
  });

  it('report the actual CPU time, however often they are read', async () => {
    const registry = metrics();
    await registry.exposition();
    const now = samples(await registry.exposition());
    assert.equal(now.get('cpu_seconds_total{instance="a-1",part="host"}'), 1.5);
    assert.equal(now.get('cpu_seconds_total{instance="a-1",part="ffmpeg"}'), 0.25);
  });

  it('never let CPU time decrease while an exited process has not been waited for', async () => {
    const seen = [5, 3, 5.5];
    let round = 0;
    const registry = metrics({ usage: () => ({ ...USAGE, ffmpegCpuSeconds: seen[round] ?? 0 }) });
    for (const expected of [5, 5, 5.5]) {
      const now = samples(await registry.exposition());
      assert.equal(now.get('cpu_seconds_total{instance="a-1",part="ffmpeg"}'), expected);
      round += 1;
    }
  });

  it('count transcodes by status', async () => {
    const registry = metrics();
    const transcode = { outputFormat: 'opus', seconds: 3, bytes: 1_000 } as const;
    registry.transcodeEnded({ ...transcode, status: 'completed' });
    registry.transcodeEnded({ ...transcode, status: 'completed' });
    registry.transcodeEnded({ ...transcode, status: 'failed', outputFormat: 'aac' });
    registry.transcodeEnded({ ...transcode, status: 'rejected', seconds: 0, bytes: 0 });
    const now = samples(await registry.exposition());
    assert.equal(now.get('transcode_requests_total{output_format="opus",status="completed"}'), 2);
    assert.equal(now.get('transcode_requests_total{output_format="aac",status="failed"}'), 1);
    assert.equal(now.get('transcode_requests_total{output_format="opus",status="rejected"}'), 1);
    assert.equal(now.get('transcode_output_bytes_total{output_format="opus"}'), 2_000);
    assert.equal(
      now.get('transcode_duration_seconds_count{output_format="opus"}'),
      2,
      'a rejected one has no duration',
    );
    assert.equal(now.get('transcode_duration_seconds_sum{output_format="opus"}'), 6);
  });

  it('count attempts to send callbacks by outcome, from 0', async () => {
    const registry = metrics();
    registry.callbackAttempted('delivered');
    registry.callbackAttempted('delivered');
    const now = samples(await registry.exposition());
    const counts = ['delivered', 'retried', 'failed', 'postponed'].map((outcome) =>
      now.get(`callbacks_total{outcome="${outcome}"}`),
    );
    assert.deepEqual(counts, [2, 0, 0, 0]);
  });

  it('count latencies in buckets of milliseconds', async () => {
    const registry = metrics();
    for (const ms of [4, 60, 99_999]) registry.firstByte('pcm', ms);
    const now = samples(await registry.exposition());
    const bucket = (le: string) => now.get(`transcode_latency_ms_bucket{le="${le}",output_format="pcm"}`);
    assert.deepEqual(['5', '50', '75', '10000', '+Inf'].map(bucket), [1, 1, 2, 2, 3]);
  });

  it('have every outcome from the start, so that the first one is an increase', async () => {
    const registry = metrics();
    const outcomes = samples(await registry.exposition());
    for (const kind of OUTCOME_KINDS) {
      // A process that used up a resource is counted under its name.
      const outcome = kind.replace('out_of_', '');
      assert.equal(outcomes.get(`ffmpeg_exits_total{outcome="${outcome}"}`), 0);
    }
    registry.ffmpegExited('stalled');
    assert.equal(samples(await registry.exposition()).get('ffmpeg_exits_total{outcome="stalled"}'), 1);
  });

  it('of two registries are separate', async () => {
    const [one, other] = [metrics(), metrics({ instance: 'b-2' })];
    one.ffmpegExited('failed');
    assert.equal(samples(await other.exposition()).get('ffmpeg_exits_total{outcome="failed"}'), 0);
  });

  it('pass promtool, except for the agreed name', { skip: !PROMTOOL && 'promtool is not on PATH' }, async () => {
    const registry = metrics();
    registry.transcodeEnded({ outputFormat: 'opus', status: 'completed', seconds: 3, bytes: 1_000 });
    registry.firstByte('opus', 60);
    const input = await registry.exposition();
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !line.startsWith(AGREED));
    assert.deepEqual(complaints, []);
  });
});
