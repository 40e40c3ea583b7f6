import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { loadConfig } from '#lib/config.ts';
import { openStore } from '#lib/services/store.ts';
import { startEmbeddedS3 } from '../../local/backing-services.ts';
import { decode, secondsOf } from '../support/audio.ts';
import { runCommand } from '../support/command.ts';
import { JWT_SECRET } from '../support/jwt.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import type { Invocation } from './fixtures/invoker.ts';

const INVOKER = new URL('fixtures/invoker.ts', import.meta.url);

/** Duration of the recording that the sample events name. */
const SAMPLE_SECONDS = 24.73;

type Expectation = {
  readonly function: string;
  readonly status: number;
  /** Settings in addition to the defaults. */
  settings?(): Promise<NodeJS.ProcessEnv>;
  check(file: string): void | Promise<void>;
};

type Encoder = { readonly name: string; readonly purpose: string };

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

async function assertSeconds(file: string, seconds: number): Promise<void> {
  const measured = secondsOf(await decode(file));
  assert.ok(Math.abs(measured - seconds) < 0.05, `${measured} s instead of ${seconds} s`);
}

const cleanUp = new AsyncDisposableStack();
let postgres: Postgres;
/** The settings for one S3 server that all share. */
let s3: NodeJS.ProcessEnv;
before(async () => {
  postgres = cleanUp.use(await startPostgres());
  const folder = cleanUp.use(scratchFolder());
  const environment = { ...process.env, DATA_DIR: folder.path, S3_PORT: '0' };
  const server = await startEmbeddedS3({ environment, report: () => undefined });
  cleanUp.defer(() => server.stop().then(() => undefined));
  s3 = server.settings;
});
after(() => cleanUp.disposeAsync());

/** Returns the settings for a database without rate limits, and without keys: the service on this machine is open. */
async function withDatabase(): Promise<NodeJS.ProcessEnv> {
  const store = openStore(loadConfig({ DATABASE_URL: postgres.url }));
  await store?.database.run((db) => db.deleteFrom('api_keys').execute());
  await store?.database.run((db) => db.deleteFrom('rate_limits').execute());
  await store?.close();
  return { DATABASE_URL: postgres.url };
}

/** Returns the settings for a database and a key that seals secrets. */
async function withSecrets(): Promise<NodeJS.ProcessEnv> {
  return { ...(await withDatabase()), SECRETS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64url')}` };
}

/** The events that run as a reader would: in a process of their own, here with an embedded S3 server of its own… */
const ALONE = 'transcode.json';
/** … and here with the settings of a test. The others are invoked one after another in a process for their settings. */
const COMMANDS = [ALONE, 'transcode-invalid.json', 'keys-create.json', 'token.json', 'uploads.json'];

/** The response to each sample event. */
const EXPECTED: Readonly<Record<string, Expectation>> = {
  'transcode.json': { function: 'transcode', status: 200, check: (file) => assertSeconds(file, SAMPLE_SECONDS / 1.25) },
  'transcode-get.json': { function: 'transcode', status: 200, check: (file) => assertSeconds(file, SAMPLE_SECONDS) },
  'transcode-invalid.json': {
    function: 'transcode',
    status: 422,
    check: (file) => assert.equal(json(file).code, 'FILTER_INVALID'),
  },
  'transcodes.json': {
    function: 'transcodes',
    status: 200,
    settings: withDatabase,
    check: (file) => assert.deepEqual(json(file), { items: [], next_cursor: null }),
  },
  'transcodes-missing.json': {
    function: 'transcodes',
    status: 404,
    settings: withDatabase,
    check: (file) => assert.equal(json(file).code, 'NOT_FOUND'),
  },
  'transcodes-adjust-invalid.json': {
    function: 'transcodes',
    status: 422,
    check: (file) => assert.equal(json(file).code, 'FILTER_INVALID'),
  },
  'transcode-events.json': {
    function: 'transcode-events',
    status: 404,
    settings: withDatabase,
    check: (file) => assert.equal(json(file).code, 'NOT_FOUND'),
  },
  'jobs.json': {
    function: 'jobs',
    status: 200,
    settings: withDatabase,
    check: (file) => assert.deepEqual(json(file), { items: [], next_cursor: null }),
  },
  'jobs-submit.json': {
    function: 'jobs',
    status: 202,
    settings: withDatabase,
    check: (file) => assert.partialDeepStrictEqual(json(file), { status: 'pending', phase: 'queued' }),
  },
  // The job of the event before.
  'job-worker.json': {
    function: 'job-worker',
    status: 200,
    settings: withDatabase,
    check: (file) => assert.deepEqual(json(file), { status: 'done', started: 1, may_be_more: false }),
  },
  'jobs-dry-run.json': {
    function: 'jobs',
    status: 200,
    settings: withDatabase,
    check: (file) => assert.partialDeepStrictEqual(json(file), { valid: true, error: null, warnings: [] }),
  },
  'jobs-invalid.json': {
    function: 'jobs',
    status: 422,
    settings: withDatabase,
    check: (file) => assert.equal(json(file).details.field, 'output.format'),
  },
  'jobs-missing.json': {
    function: 'jobs',
    status: 404,
    settings: withDatabase,
    check: (file) => assert.equal(json(file).code, 'NOT_FOUND'),
  },
  'job-events.json': {
    function: 'job-events',
    status: 404,
    settings: withDatabase,
    check: (file) => assert.equal(json(file).code, 'NOT_FOUND'),
  },
  // The recording has no picture.
  'job-preview.json': {
    function: 'job-preview',
    status: 422,
    check: (file) => assert.equal(json(file).details.field, 'inputs.speech'),
  },
  'probe.json': {
    function: 'probe',
    status: 200,
    check(file) {
      const { kind, container, seconds, streams } = json(file);
      assert.deepEqual([kind, container, streams.length], ['media', 'flac', 1]);
      assert.ok(Math.abs(seconds - SAMPLE_SECONDS) < 0.01, `${seconds} s`);
    },
  },
  'health.json': {
    function: 'health',
    status: 200,
    check: (file) => assert.equal(json(file).checks.ffmpeg.status, 'ok'),
  },
  'health-ready.json': {
    function: 'health',
    status: 200,
    check: (file) => assert.deepEqual(json(file), { status: 'ok' }),
  },
  'metrics.json': {
    function: 'metrics',
    status: 200,
    check: (file) => assert.match(readFileSync(file, 'utf8'), /^concurrency_limit 50$/m),
  },
  'token.json': {
    function: 'token',
    status: 401,
    settings: async () => ({ ...(await withDatabase()), JWT_SECRET }),
    check: (file) => assert.equal(json(file).details.error, 'invalid_client'),
  },
  'keys-list.json': {
    function: 'keys',
    status: 200,
    settings: withDatabase,
    check: (file) => assert.deepEqual(json(file), { keys: [], next_cursor: null }),
  },
  'keys-get.json': {
    function: 'keys',
    status: 404,
    settings: withDatabase,
    check: (file) => assert.equal(json(file).code, 'NOT_FOUND'),
  },
  'keys-revoke.json': {
    function: 'keys',
    status: 404,
    settings: withDatabase,
    check: (file) => assert.equal(json(file).code, 'NOT_FOUND'),
  },
  'uploads.json': {
    function: 'uploads',
    status: 201,
    check: (file) => assert.match(json(file).source_url, /^s3:\/\/uploads\/uploads\/local\/[\w-]+\/interview\.mp3$/),
  },
  'uploads-complete.json': {
    function: 'uploads',
    status: 404,
    check: (file) => assert.equal(json(file).code, 'NOT_FOUND'),
  },
  'callbacks-secret.json': {
    function: 'callbacks',
    status: 200,
    settings: withSecrets,
    check: (file) => assert.match(json(file).secret, /^whsec_/),
  },
  'callbacks-rotate.json': {
    function: 'callbacks',
    status: 200,
    settings: withSecrets,
    check: (file) => assert.match(json(file).secret, /^whsec_/),
  },
  'callbacks-test.json': {
    function: 'callbacks',
    status: 403,
    settings: withSecrets,
    check: (file) => assert.deepEqual([json(file).code, json(file).details], ['SOURCE_FORBIDDEN', { field: 'url' }]),
  },
  'usage.json': {
    function: 'usage',
    status: 200,
    check: (file) => assert.deepEqual(json(file).places, { used: 0, limit: 50, unit: 'count' }),
  },
  'encoders.json': {
    function: 'encoders',
    status: 200,
    check(file) {
      const { encoders, builds } = json(file);
      const opus = encoders.find(({ name, purpose }: Encoder) => name === 'libopus' && purpose === 'audio');
      assert.equal(opus.usable, true, opus.reason);
      assert.deepEqual(
        builds.map(({ purpose }: Encoder) => purpose),
        ['audio', 'full'],
      );
    },
  },
  'encoders-fonts.json': {
    function: 'encoders',
    status: 200,
    check: (file) =>
      assert.ok(json(file).fonts.some(({ family }: { family: string }) => family === json(file).default)),
  },
  'maintenance.json': {
    function: 'maintenance',
    status: 200,
    settings: withDatabase,
    check: (file) =>
      assert.deepEqual(json(file), {
        status: 'done',
        counts: {
          transcodes_closed: 0,
          transcodes_deleted: 0,
          instances_folded: 0,
          instances_forgotten: 0,
          callbacks_deleted: 0,
          callback_secrets_deleted: 0,
          rate_limits_forgotten: 0,
        },
      }),
  },
  'openapi.json': { function: 'openapi', status: 200, check: (file) => assert.equal(json(file).openapi, '3.1.0') },
  'openapi-yaml.json': {
    function: 'openapi',
    status: 200,
    check: (file) => assert.equal(parse(readFileSync(file, 'utf8')).openapi, '3.1.0'),
  },
  'openapi-root.json': {
    function: 'openapi',
    status: 302,
    check: (file) => assert.equal(readFileSync(file, 'utf8'), 'docs\n'),
  },
  'openapi-docs.json': {
    function: 'openapi',
    status: 200,
    check: (file) => assert.match(readFileSync(file, 'utf8'), /<h1>ffmpeg-functions/),
  },
  // Last: with a key, the service is no longer open, and its processes remember that.
  'keys-create.json': {
    function: 'keys',
    status: 201,
    settings: withDatabase,
    check: (file) => assert.match(json(file).key, /^ffk_/),
  },
};

test('every sample event is tested here', () => {
  assert.deepEqual(readdirSync('events').toSorted(), Object.keys(EXPECTED).toSorted());
});

for (const [event, expected] of Object.entries(EXPECTED)) {
  const { function: name, status } = expected;
  if (COMMANDS.includes(event)) {
    test(`npm run invoke -- ${name} events/${event} returns ${status}`, async () => {
      using folder = scratchFolder();
      const output = folder.file('answer');
      await using command = runCommand('invoke.ts', [name, `events/${event}`, '-o', output], {
        ...(event === ALONE ? {} : s3),
        ...(await expected.settings?.()),
      });
      assert.deepEqual(await command.exited, { code: 0, signal: null }, command.printed());
      assert.match(command.printed(), new RegExp(`^${status}$`, 'm'));
      await expected.check(output);
    });
  } else {
    test(`${name} returns ${status} to events/${event}`, async () => {
      using folder = scratchFolder();
      const output = folder.file('answer');
      const invoke = invokerWith({ ...s3, ...(await expected.settings?.()) });
      assert.equal(await invoke({ name, event: `events/${event}`, output }), status);
      await expected.check(output);
    });
  }
}

type Invoke = (invocation: Invocation) => Promise<number>;
const invokers = new Map<string, Invoke>();

/** Returns a function that invokes events in one process with these settings, which ends after the tests. */
function invokerWith(settings: NodeJS.ProcessEnv): Invoke {
  const key = JSON.stringify(settings);
  const running = invokers.get(key) ?? startInvoker(settings);
  invokers.set(key, running);
  return running;
}

function startInvoker(settings: NodeJS.ProcessEnv): Invoke {
  const { PATH, FFMPEG_PATH, TMPDIR, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = fork(INVOKER, {
    env: { PATH, FFMPEG_PATH, TMPDIR, HOME, NODE_COMPILE_CACHE, LOG_LEVEL: 'warn', ...settings },
  });
  cleanUp.defer(async () => {
    const exited = once(child, 'exit');
    child.disconnect();
    assert.deepEqual(await exited, [0, null]);
  });
  return async (invocation) => {
    const answered = once(child, 'message') as Promise<[{ status: number }]>;
    child.send(invocation);
    const [{ status }] = await answered;
    return status;
  };
}

test('invoke reports an unknown function', async () => {
  await using command = runCommand('invoke.ts', ['nothing', 'events/health.json']);
  assert.equal((await command.exited).code, 1);
  assert.match(command.printed(), /No function "nothing"/);
});
