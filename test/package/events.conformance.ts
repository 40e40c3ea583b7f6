import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { SAMPLE } from '../../local/s3/sample-recording.ts';
import { startS3Server } from '../lib/sources/support/s3-server.ts';
import { decode, secondsOf } from '../support/audio.ts';
import { newKey } from '../support/keys.ts';
import { startPostgres } from '../support/postgres.ts';
import { storeOf } from '../support/store.ts';
import { describedBy } from './described.ts';
import { type Implementation, type Whole, whole } from './implementation.ts';
import { conformance } from './implementations.ts';
import { authorized, readEvent, sampleEvents } from './sample-events.ts';

/** Seconds of the sample recording in the events. */
const SAMPLE_SECONDS = 24.73;
/** Events of the platform itself, which do not come through a URL. */
const SCHEDULED = /^(maintenance|job-worker)/;

type Check = (answer: Whole) => void | Promise<void>;

type Expectation = {
  readonly function: string;
  readonly status: number;
  readonly check?: Check;
};

function code(expected: string): Check {
  return (answer) => assert.equal(answer.json().code, expected);
}

function sound(contentType: string, seconds: number): Check {
  return async ({ headers, body }) => {
    assert.equal(headers['content-type'], contentType);
    assert.match(headers['x-transcode-id'] ?? '', /^[\da-f-]{36}$/);
    const measured = secondsOf(await decode(body));
    assert.ok(Math.abs(measured - seconds) < 0.05, `${measured} s, not ${seconds} s`);
  };
}

/** The expected response to a caller with a token, or for `keys` with an API key. */
const EXPECTED: Readonly<Record<string, Expectation>> = {
  'callbacks-rotate.json': {
    function: 'callbacks',
    status: 200,
    check: (answer) => assert.match(answer.json().secret, /^whsec_/),
  },
  'callbacks-secret.json': {
    function: 'callbacks',
    status: 200,
    check: (answer) => assert.match(answer.json().secret, /^whsec_/),
  },
  'callbacks-test.json': { function: 'callbacks', status: 403, check: code('SOURCE_FORBIDDEN') },
  'encoders-fonts.json': { function: 'encoders', status: 200 },
  'encoders.json': {
    function: 'encoders',
    status: 200,
    check: (answer) =>
      assert.deepEqual(
        answer.json().encoders.filter((encoder: { name: string; usable: boolean }) => !encoder.usable),
        [],
      ),
  },
  'health-ready.json': { function: 'health', status: 200 },
  'health.json': {
    function: 'health',
    status: 200,
    check: (answer) => {
      const { status, ffmpeg_version: version, checks } = answer.json();
      assert.deepEqual([status, checks.store.status, checks.storage.status], ['healthy', 'ok', 'ok']);
      assert.match(version, /^\d/);
    },
  },
  'job-events.json': { function: 'job-events', status: 404, check: code('NOT_FOUND') },
  'job-preview.json': { function: 'job-preview', status: 422, check: code('VALIDATION_ERROR') },
  'job-worker.json': {
    function: 'job-worker',
    status: 200,
    check: (answer) => assert.equal(answer.json().status, 'done'),
  },
  'jobs-dry-run.json': {
    function: 'jobs',
    status: 200,
    check: (answer) => assert.partialDeepStrictEqual(answer.json(), { valid: true, error: null }),
  },
  'jobs-invalid.json': { function: 'jobs', status: 422, check: code('VALIDATION_ERROR') },
  'jobs-missing.json': { function: 'jobs', status: 404, check: code('NOT_FOUND') },
  'jobs-submit.json': {
    function: 'jobs',
    status: 202,
    check: (answer) => assert.equal(answer.json().status, 'pending'),
  },
  'jobs.json': {
    function: 'jobs',
    status: 200,
    check: (answer) => assert.equal(answer.json().next_cursor, null),
  },
  'keys-create.json': { function: 'keys', status: 201, check: (answer) => assert.match(answer.json().key, /^ffk_/) },
  'keys-get.json': { function: 'keys', status: 404, check: code('NOT_FOUND') },
  'keys-list.json': { function: 'keys', status: 200, check: (answer) => assert.ok(answer.json().keys.length > 0) },
  'keys-revoke.json': { function: 'keys', status: 404, check: code('NOT_FOUND') },
  'maintenance.json': {
    function: 'maintenance',
    status: 200,
    check: (answer) => assert.equal(answer.json().status, 'done'),
  },
  'metrics.json': {
    function: 'metrics',
    status: 200,
    check: ({ body }) => assert.match(body.toString('utf8'), /^concurrency_limit \d+$/m),
  },
  'openapi-docs.json': {
    function: 'openapi',
    status: 200,
    check: ({ body }) => assert.match(body.toString('utf8'), /<h1>ffmpeg-functions/),
  },
  'openapi-root.json': {
    function: 'openapi',
    status: 302,
    check: ({ headers }) => assert.equal(headers['location'], 'docs'),
  },
  'openapi-yaml.json': {
    function: 'openapi',
    status: 200,
    check: ({ body }) => assert.match(body.toString('utf8'), /^openapi: 3\.1\.0$/m),
  },
  'openapi.json': {
    function: 'openapi',
    status: 200,
    check: (answer) => assert.equal(answer.json().openapi, '3.1.0'),
  },
  'probe.json': {
    function: 'probe',
    status: 200,
    check: (answer) => assert.partialDeepStrictEqual(answer.json(), { kind: 'media', container: 'flac', unknown: [] }),
  },
  'token.json': {
    function: 'token',
    status: 401,
    check: (answer) => assert.equal(answer.json().details.error, 'invalid_client'),
  },
  'transcode-events.json': { function: 'transcode-events', status: 404, check: code('NOT_FOUND') },
  'transcode-get.json': { function: 'transcode', status: 200, check: sound('audio/aac', SAMPLE_SECONDS) },
  'transcode-invalid.json': { function: 'transcode', status: 422, check: code('FILTER_INVALID') },
  'transcode.json': {
    function: 'transcode',
    status: 200,
    check: sound('audio/ogg; codecs=opus', SAMPLE_SECONDS / 1.25),
  },
  'transcodes-adjust-invalid.json': { function: 'transcodes', status: 422, check: code('FILTER_INVALID') },
  'transcodes-missing.json': { function: 'transcodes', status: 404, check: code('NOT_FOUND') },
  'transcodes.json': {
    function: 'transcodes',
    status: 200,
    check: (answer) => assert.deepEqual(answer.json(), { items: [], next_cursor: null }),
  },
  'uploads-complete.json': { function: 'uploads', status: 404, check: code('NOT_FOUND') },
  'uploads.json': {
    function: 'uploads',
    status: 201,
    check: (answer) =>
      assert.match(answer.json().source_url, /^s3:\/\/uploads\/uploads\/[\w-]+\/[\w-]+\/interview\.mp3$/),
  },
  'usage.json': {
    function: 'usage',
    status: 200,
    check: (answer) => assert.equal(answer.json().places.unit, 'count'),
  },
};

it('every sample event has an expected response', () => {
  assert.deepEqual(
    sampleEvents(),
    Object.keys(EXPECTED).filter((event) => sampleEvents().includes(event) || !SCHEDULED.test(event)),
  );
});

conformance((start) => {
  const cleanUp = new AsyncDisposableStack();
  let implementation: Implementation;
  let assertDescribed: ReturnType<typeof describedBy>;
  let admin: string;

  before(async () => {
    const postgres = cleanUp.use(await startPostgres());
    admin = await newKey(storeOf({ after: (close) => cleanUp.defer(close) }, postgres.url), ['admin', 'transcode']);
    const s3 = cleanUp.use(await startS3Server(['media', 'uploads']));
    await s3.put({ bucket: 'media', key: 'sense-and-sensibility.flac', body: readFileSync(SAMPLE) });
    implementation = cleanUp.use(
      await start({
        databaseUrl: postgres.url,
        settings: {
          S3_ENDPOINT: s3.options.endpoint,
          SOURCE_BUCKETS: 'media',
          S3_BUCKET: 'uploads',
          SECRETS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
        },
      }),
    );
    const document = await whole(await implementation.invoke('openapi', readEvent('openapi.json')));
    assertDescribed = describedBy(document.json());
  });
  after(() => cleanUp.disposeAsync());

  async function withCredentials(functionName: string, event: LambdaFunctionURLEvent): Promise<LambdaFunctionURLEvent> {
    if (functionName === 'keys') return { ...event, headers: { ...event.headers, 'x-api-key': admin } };
    // The event of this function has its own credentials: a client's key.
    return functionName === 'token' ? event : await authorized(event);
  }

  /** Asks again when the first lookup of a key takes longer than the function waits for it. */
  async function answerOf(functionName: string, sent: LambdaFunctionURLEvent): Promise<Whole> {
    const answer = await whole(await implementation.invoke(functionName, sent));
    if (functionName !== 'keys' || answer.statusCode !== 503) return answer;
    return await whole(await implementation.invoke(functionName, sent));
  }

  for (const file of sampleEvents()) {
    const { function: functionName, status, check } = EXPECTED[file] ?? { function: '', status: 0 };
    it(`respond to ${file} with ${status}`, async () => {
      const event = readEvent(file);
      const isScheduled = SCHEDULED.test(file);
      const sent = isScheduled ? event : await withCredentials(functionName, event);
      const answer = await answerOf(functionName, sent);
      const told = `${answer.body.toString('utf8', 0, 300)}\n${implementation.printed()}`;
      assert.deepEqual([answer.statusCode, answer.end], [status, 'complete'], told);
      await check?.(answer);
      // The document does not describe the redirect of `/`.
      if (!isScheduled && status !== 302) assertDescribed(event.requestContext.http, answer);
    });
  }
});
