import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { loadConfig } from '#lib/config.ts';
import type { Caller } from '#lib/identity/caller.ts';
import { cacheKeysOf } from '#lib/jobs/cache-keys.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { openJobs as openJobServices } from '#lib/services/jobs.ts';
import { type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { type Jobs, openJobs, start, storedResult } from '../../support/jobs.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { openerFor, type TestOpener } from '../sources/support/opener.ts';

const NEVER = new AbortController().signal;
const CALLER: Caller = { subject: 'ann', scopes: ['jobs'], via: 'token' };

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
let jobs: Jobs;
let source: HttpSource;
let opener: TestOpener;

before(async () => {
  postgres = cleanUp.use(await startPostgres());
  const wav = Buffer.concat([Buffer.from('RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0', 'latin1'), Buffer.alloc(4_096)]);
  source = cleanUp.use(await startHttpSource(serve(wav, { headers: { etag: '"1"' } })));
  opener = cleanUp.use(openerFor([source]));
  jobs = openJobs({ after: (close) => void cleanUp.defer(close) }, postgres.url);
});
after(() => cleanUp.disposeAsync());

it('the function that runs jobs is started for a new job, not for one that was answered from the cache', async () => {
  const seen: string[] = [];
  const services = openJobServices({
    ...{ config: loadConfig({}), store: jobs.rows, sources: () => opener },
    events: { follow: () => assert.fail(), current: () => assert.fail(), close: () => undefined },
    results: { sign: async (key) => key, signFor: () => assert.fail(), read: () => assert.fail() },
    uploads: { bytesOf: async () => 0 },
    callbacks: () => assert.fail(),
    rateLimits: () =>
      ({ records: { count: async () => ({ used: 1, limit: 9 }) }, cpuMs: async () => undefined }) as never,
    probeAhead: () => assert.fail(),
    wake: async () => void seen.push('wake'),
    onCacheHit: (kind) => void seen.push(kind),
  });
  const spec = JOB_SPEC.parse({ inputs: { a: `${source.origin}/a.wav` }, output: { format: 'mp3' } });
  const submit = async (metadata: Record<string, unknown> | null, idempotencyKey?: string) => {
    seen.length = 0;
    const { record, kind } = await services.submit({ ...spec, metadata }, { caller: CALLER, idempotencyKey });
    return { id: record.id, seen: [kind, ...seen] };
  };

  const { id, seen: first } = await submit(null, 'key');
  assert.deepEqual(first, ['created', 'wake']);
  assert.deepEqual(await submit(null, 'key'), { id, seen: ['replayed'] });
  assert.deepEqual(await submit(null), { id, seen: ['joined', 'joined'] });

  const version = await opener.check(`${source.origin}/a.wav`, {
    accept: 'any',
    caller: CALLER,
    maxBytes: 1e6,
    signal: NEVER,
  });
  const cache = { key: (await cacheKeysOf(spec, new Map([['a', version ?? '']])))?.result ?? '', build: 'any' };
  const { attempt } = await start(jobs);
  await jobs.rows.object(id, attempt, { key: 'film' });
  await jobs.rows.settle(id, attempt, { kind: 'completed', result: storedResult('film'), cache, warnings: [] });
  assert.deepEqual((await submit({ for: 'another order' })).seen, ['reused', 'reused']);
});
