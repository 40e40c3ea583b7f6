import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { call, openTranscode, readAll, transcode } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/gate.ts';
import { type Host, startHost } from '../support/host.ts';
import { type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, noise } from '../support/media.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let source: HttpSource;
let mp3: Buffer;
let gate: ReturnType<typeof gated>;
let a: Host;
let b: Host;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 5), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      if (request.url === '/held') gate.behave(request, response);
      else serve(mp3)(request, response);
    }),
  );
  postgres = cleanUp.use(await startPostgres());
  [a, b] = await Promise.all([startInstance(), startInstance()]);
  cleanUp.use(a);
  cleanUp.use(b);
});
after(() => cleanUp.disposeAsync());

const startInstance = (): Promise<Host> =>
  startHost({
    DATABASE_URL: postgres.url,
    SOURCE_ALLOWED_NETWORKS: source.network,
    MAX_CONCURRENT_STREAMS: 7,
    LOG_LEVEL: 'warn',
  });

/** The transcodes that each host has completed. */
const completed = new Map<Host, number>();
const completedOn = (host: Host): number => completed.get(host) ?? 0;
const completedOnAll = (): number => completed.values().reduce((sum, count) => sum + count, 0);
const complete = (host: Host) => completed.set(host, completedOn(host) + 1);

async function play(host: Host): Promise<void> {
  await transcode(host, { source_url: source.origin, output_format: 'aac' });
  complete(host);
}

/** Starts a transcode on each host; they wait midway until `gate` opens. */
async function hold(...hosts: readonly Host[]) {
  gate = gated(mp3, Math.round(mp3.length / 2));
  const fields = { source_url: `${source.origin}/held`, output_format: 'aac' };
  return await Promise.all(hosts.map((host) => openTranscode(host, fields)));
}

/** Scrapes `/metrics` of a host; fails when a counter is lower than in an earlier scrape. */
function scraper({ isShared = false } = {}) {
  const highest = new Map<string, number>();
  return async (host: Host) => {
    const { samples, counters } = isShared ? await sharedMetrics(host) : await metricsOf(host);
    for (const [name, value] of counters) {
      const before = highest.get(name) ?? 0;
      assert.ok(value >= before, `${name}: ${value} after ${before}`);
      highest.set(name, value);
    }
    for (const name of highest.keys()) assert.ok(counters.has(name), `${name} is missing`);
    return (name: string) => samples.get(name);
  };
}

async function metricsOf(host: Host) {
  const { status, body } = await call(host, '/metrics');
  assert.equal(status, 200);
  return parse(body.toString('utf8'));
}

/** Those of all instances: a host that does not reach the database in time reports only its own. */
function sharedMetrics(host: Host) {
  return eventually(async () => {
    const metrics = await metricsOf(host);
    assert.equal(metrics.samples.get('store_up'), 1);
    return metrics;
  });
}

/** All samples, and those of counters and histograms, summed over the instances. */
function parse(text: string) {
  const samples = new Map<string, number>();
  const counters = new Map<string, number>();
  const counting = new Set<string>();
  for (const line of text.split('\n')) {
    const [, metric, type = ''] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
    if (metric !== undefined && ['counter', 'histogram'].includes(type)) counting.add(metric);
    const [, name = '', labels = '', value = ''] = /^(\w+)(\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name === '') continue;
    assert.ok(!samples.has(name + labels), `${name}${labels} twice`);
    samples.set(name + labels, Number(value));
    if (!counting.has(name.replace(/_(bucket|sum|count)$/, '')) && !counting.has(name)) continue;
    const sum = name + labels.replace(/instance="[^"]*",?/, '');
    counters.set(sum, (counters.get(sum) ?? 0) + Number(value));
  }
  return { samples, counters };
}

const COMPLETED = 'transcode_requests_total{output_format="aac",status="completed"}';

describe('the metrics of several instances', () => {
  it('are the same sum on each instance', async () => {
    const scrape = scraper({ isShared: true });
    await play(a);
    await play(a);
    await play(b);
    const holders = [a, b, b];
    const streams = await hold(...holders);
    for (const host of [a, b]) {
      const now = await eventually(async () => {
        const sample = await scrape(host);
        assert.equal(sample(COMPLETED), completedOnAll());
        assert.equal(sample('active_streams'), 3);
        return sample;
      });
      assert.equal(now('concurrency_limit'), 14);
      assert.equal(now('store_up'), 1);
    }
    gate.open();
    await Promise.all(streams.map(readAll));
    for (const host of holders) complete(host);
    const { body } = await call(a, '/metrics');
    assert.equal(new Set(body.toString().match(/memory_usage_bytes\{instance="[^"]+"/g)).size, 2);
  });

  it('pass promtool', { skip: spawnSync('promtool', ['--version']).error !== undefined }, async () => {
    await play(a);
    await play(b);
    const { body } = await call(b, '/metrics');
    const { stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
    assert.deepEqual(
      stderr.split('\n').filter((line) => line !== '' && !line.startsWith('transcode_latency_ms ')),
      [],
    );
  });

  it('never decrease when an instance ends, is killed or restarted; usage of dead instances is removed', async () => {
    const scrape = scraper({ isShared: true });
    await eventually(async () => assert.equal((await scrape(a))(COMPLETED), completedOnAll()));
    {
      await using ended = await startInstance();
      await play(ended);
      await scrape(ended);
    }
    assert.equal((await scrape(a))(COMPLETED), completedOnAll(), 'the counts of an instance that has just ended');
    assert.equal((await scrape(a))('concurrency_limit'), 14);
    await using killed = await startInstance();
    await play(killed);
    const [stream] = await hold(killed);
    await scrape(killed);
    killed.kill();
    await killed.exited;
    stream?.destroy();
    await using c = await startInstance();
    await play(c);
    await eventually(
      async () => {
        const sample = await scrape(a);
        await scrape(c);
        assert.equal(sample('active_streams'), 0);
        assert.equal(sample('concurrency_limit'), 21);
      },
      { withinMs: 25_000 },
    );
    assert.equal((await scrape(a))(COMPLETED), completedOnAll());
  });
});

describe('while the database is down', () => {
  it('each instance reports its own, health is degraded, and all recovers without a restart', async () => {
    const health = async () => (await call(a, '/health')).json();
    await play(a);
    await play(b);
    assert.equal((await health()).status, 'healthy');
    assert.deepEqual((await health()).checks.store, { status: 'ok' });

    await postgres.kill();
    await eventually(async () => assert.equal((await health()).status, 'degraded'), { withinMs: 2_000 });
    assert.deepEqual((await health()).checks.store, { status: 'failed', message: 'the database does not respond' });
    const startedAt = performance.now();
    await scrapeAlone(a);
    assert.ok(performance.now() - startedAt < 3_000);
    await play(a);
    assert.equal((await scrapeAlone(a))(COMPLETED), completedOn(a));

    await postgres.start();
    await eventually(async () => assert.equal((await health()).status, 'healthy'), { withinMs: 3_000 });
    const scrape = scraper();
    await eventually(async () => assert.equal((await scrape(b))('store_up'), 1));
    await eventually(async () => assert.equal((await scrape(b))(COMPLETED), completedOnAll()), { withinMs: 8_000 });
  });

  async function scrapeAlone(host: Host) {
    const sample = await scraper()(host);
    assert.equal(sample('store_up'), 0);
    return sample;
  }
});
