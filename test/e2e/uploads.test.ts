import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { type S3Server, startS3Server } from '../lib/sources/support/s3-server.ts';
import { decode, secondsOf } from '../support/audio.ts';
import { type CallOptions, call, type Fields } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { type Host, startHost } from '../support/host.ts';
import { createMediaFolder, noise } from '../support/media.ts';

const SECRET = 'a secret of the tests, long enough';
const MEBIBYTE = 1 << 20;
const cleanUp = new AsyncDisposableStack();
let s3: S3Server;
let host: Host;
let mp3: Buffer;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 3), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  s3 = cleanUp.use(await startS3Server(['own', 'shared']));
  await s3.put({ bucket: 'shared', key: 'a.mp3', body: mp3 });
  host = cleanUp.use(
    await startHost({
      ...s3.settings,
      SOURCE_BUCKETS: 'shared',
      S3_BUCKET: 'own',
      JWT_SECRET: SECRET,
      MAX_SOURCE_BYTES: 200 * MEBIBYTE,
      MAX_STORED_BYTES_PER_CALLER: 500 * MEBIBYTE,
      MAX_OPEN_UPLOADS_PER_CALLER: 20,
      LOG_LEVEL: 'info',
    }),
  );
});
after(() => cleanUp.disposeAsync());

async function as(subject: string, scope = 'transcode'): Promise<Pick<CallOptions, 'headers'>> {
  const token = await new SignJWT({ scope })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
  return { headers: { authorization: `Bearer ${token}` } };
}

const post = async (subject: string, path: string, body: Fields) =>
  await call(host, path, { ...(await as(subject)), body });

const start = (subject: string, body: Fields) => post(subject, '/api/uploads', body);

/** Uploads in one piece; returns the URL of the source. */
async function upload(subject: string, body: Buffer = mp3): Promise<string> {
  const { status, json } = await start(subject, {
    filename: 'a b.mp3',
    bytes: body.length,
    content_type: 'audio/mpeg',
  });
  assert.equal(status, 201);
  const { source_url, method, url, headers } = json();
  const answer = await fetch(url, { method, headers, body: new Uint8Array(body) });
  assert.equal(answer.status, 200, await answer.text());
  return source_url;
}

const transcode = (subject: string, source_url: string) =>
  post(subject, '/transcode', { source_url, output_format: 'opus' });

describe('an upload', () => {
  it('is sent to its signed URL and then is a source of its owner', async () => {
    const source = await upload('alice');
    assert.match(source, /^s3:\/\/own\/uploads\/alice\/[0-9a-f-]{36}\/a_b\.mp3$/);
    const { status, body, complete } = await transcode('alice', source);
    assert.deepEqual([status, complete], [200, true]);
    const seconds = secondsOf(await decode(body));
    assert.ok(Math.abs(seconds - 3) < 0.1, `${seconds} s`);
  });

  it('must have the announced size and type, which are signed', async () => {
    const { json } = await start('alice', { bytes: mp3.length, content_type: 'audio/mpeg' });
    const { url, headers, source_url } = json();
    const put = (body: Buffer, type: Record<string, string>) =>
      fetch(url, { method: 'PUT', headers: type, body: new Uint8Array(body) });
    assert.equal((await put(Buffer.concat([mp3, mp3]), headers)).status, 403);
    assert.equal((await put(mp3, { 'Content-Type': 'text/html' })).status, 403);
    const other = new URL(url);
    other.pathname = other.pathname.replace('alice', 'bob');
    assert.equal((await fetch(other, { method: 'PUT', headers, body: new Uint8Array(mp3) })).status, 403);
    assert.equal((await transcode('alice', source_url)).status, 502, 'the object does not exist');
  });

  it('is refused when it exceeds the size limit of sources or its description is invalid', async () => {
    const large = await start('alice', { bytes: 200 * MEBIBYTE + 1 });
    assert.deepEqual([large.status, large.json().code], [413, 'PAYLOAD_TOO_LARGE']);
    for (const body of [
      {},
      { bytes: 0 },
      { bytes: 1.5 },
      { bytes: 5, content_type: 'audio' },
      { bytes: 5, key: 'x' },
    ]) {
      assert.equal((await start('alice', body)).status, 422, JSON.stringify(body));
    }
  });

  it('requires authentication', async () => {
    assert.equal((await call(host, '/api/uploads', { body: { bytes: 5 } })).status, 401);
    for (const scope of ['transcode', 'jobs', 'streams', 'relays']) {
      const { status } = await call(host, '/api/uploads', { ...(await as('alice', scope)), body: { bytes: 5 } });
      assert.equal(status, 201, scope);
    }
    const { status } = await call(host, '/api/uploads', { ...(await as('alice', 'none')), body: { bytes: 5 } });
    assert.equal(status, 403);
  });

  it('has a random name', async () => {
    const { json } = await start('..', { filename: '../../етс/pass wd\0.mp3', bytes: 5 });
    assert.match(json().source_url, /^s3:\/\/own\/uploads\/~[\w-]{43}\/[0-9a-f-]{36}\/[A-Za-z0-9][\w.-]*\.mp3$/);
  });

  it('reports that the S3 server is down', async () => {
    await using alone = await startHost({ ...s3.settings, S3_ENDPOINT: 'http://127.0.0.1:9', S3_BUCKET: 'own' });
    const { status, json } = await call(alone, '/api/uploads', { body: { bytes: 65 * MEBIBYTE } });
    assert.deepEqual([status, json().details, json().recoverable], [503, { part: 'storage' }, true]);
  });
});

describe('an upload in parts', () => {
  it('above 64 MiB is sent part by part, completed, and then is a source', async () => {
    const body = Buffer.concat([mp3, randomBytes(65 * MEBIBYTE - mp3.length)]);
    const { status, json } = await start('alice', { bytes: body.length });
    assert.equal(status, 201);
    const { source_url, upload_id, part_bytes, parts, complete_url, method } = json();
    assert.deepEqual(
      parts.map((part: { bytes: number }) => part.bytes),
      [64 * MEBIBYTE, MEBIBYTE],
    );
    const done = [];
    for (const { part_number, url, bytes } of parts) {
      const from = (part_number - 1) * part_bytes;
      const answer = await fetch(url, { method, body: new Uint8Array(body.subarray(from, from + bytes)) });
      assert.equal(answer.status, 200);
      done.push({ part_number, etag: answer.headers.get('etag') });
    }
    const completion = { source_url, upload_id, parts: done.toReversed() };
    const foreign = await post('bob', complete_url, completion);
    assert.deepEqual([foreign.status, foreign.json().code], [404, 'NOT_FOUND']);
    const completed = await post('alice', complete_url, completion);
    assert.deepEqual([completed.status, completed.json()], [200, { source_url, bytes: body.length }]);
    const again = await post('alice', complete_url, completion);
    assert.deepEqual([again.status, again.json()], [200, { source_url, bytes: body.length }], 'its answer was lost');
    const played = await transcode('alice', source_url);
    assert.equal(played.status, 200);
  });

  it('cannot reach folders of the server through its id', async () => {
    const { json } = await start('alice', { bytes: 65 * MEBIBYTE });
    const { source_url } = json();
    for (const path of ['complete', 'abort']) {
      for (const upload_id of ['..', '../../..', '.', 'a/../..', '']) {
        const parts = path === 'complete' ? { parts: [{ part_number: 1, etag: 'x' }] } : {};
        const { status } = await post('alice', `/api/uploads/${path}`, { source_url, upload_id, ...parts });
        assert.equal(status, 422, upload_id);
      }
    }
  });

  it('is aborted, and then does not exist', async () => {
    const { json } = await start('alice', { bytes: 65 * MEBIBYTE });
    const { source_url, upload_id } = json();
    const aborted = await post('alice', '/api/uploads/abort', { source_url, upload_id });
    assert.equal(aborted.status, 204);
    const again = await post('alice', '/api/uploads/abort', { source_url, upload_id });
    assert.deepEqual([again.status, again.json().code], [404, 'NOT_FOUND']);
  });

  it('of another caller does not exist', async () => {
    const { json } = await start('alice', { bytes: 65 * MEBIBYTE });
    const { source_url, upload_id } = json();
    for (const url of [source_url, 's3://shared/a.mp3', 's3://own/uploads/bob/../alice/x', 'https://example.org/a']) {
      const { status } = await post('bob', '/api/uploads/abort', { source_url: url, upload_id });
      assert.ok([400, 404].includes(status), `${status} ${url}`);
    }
  });
});

describe('the owner of an object', () => {
  it('decides who may read it, and others cannot learn whether it exists', async () => {
    const source = await upload('alice');
    const missing = source.replace(/[0-9a-f]{12}\/a_b/, '000000000000/a_b');
    const answers = [];
    for (const url of [source, missing]) {
      const { status, json } = await transcode('bob', url);
      const { request_id, ...rest } = json();
      assert.match(request_id, /./);
      answers.push({ status, ...rest });
    }
    assert.equal(answers[0]?.status, 403);
    assert.equal(answers[0]?.['code'], 'SOURCE_FORBIDDEN');
    assert.deepEqual(answers[0], answers[1]);
  });

  it('is derived from the key as the server reads it', async () => {
    const key = (await upload('alice')).replace('s3://own/uploads/', '');
    await s3.put({ bucket: 'own', key: 'of-the-service.mp3', body: mp3 });
    const tricks = [
      ...[`uploads/bob/../${key}`, `uploads/bob/%2e%2e/${key}`, `uploads/bob/..%2F${key}`, `uploads//${key}`],
      ...[
        `uploads/bob//../${key}`,
        `uploads/bob/./../${key}`,
        `/uploads/${key}`,
        `Uploads/${key}`,
        'of-the-service.mp3',
      ],
      ...[`uploads/bob/..\\${key}`, `uploads/bobby/${key}`, `uploads/bob`, `uploads/%62ob/${key}`, `uploads/bob/`],
    ];
    for (const trick of tricks) {
      const { status } = await transcode('bob', `s3://own/${trick}`);
      // A key that stays below the prefix may be read: it does not exist.
      assert.ok(
        [400, 403].includes(status) || (status === 502 && /^uploads\/bob\/[^/]/.test(trick)),
        `${status} ${trick}`,
      );
    }
  });

  it('matters only in the service’s own bucket, and not for an open service', async () => {
    assert.equal((await transcode('bob', 's3://shared/a.mp3')).status, 200);
    const source = await upload('alice');
    await using open = await startHost({ ...s3.settings, S3_BUCKET: 'own', LOG_LEVEL: 'warn' });
    const { status } = await call(open, '/transcode', { body: { source_url: source, output_format: 'opus' } });
    assert.equal(status, 200);
  });

  it('never appears in the log as a signed URL', async () => {
    await upload('alice');
    assert.doesNotMatch(host.printed(), /X-Amz-Signature|X-Amz-Credential/i);
    assert.match(host.printed(), /\/api\/uploads/);
  });
});

describe('the uploads of a caller', () => {
  const usage = async (subject: string) => (await call(host, '/api/usage', await as(subject))).json();

  it('have a size in all, with those that were started, and other callers are not refused', async () => {
    const bytes = 200 * MEBIBYTE;
    for (let started = 0; started < 2; started += 1) assert.equal((await start('greedy', { bytes })).status, 201);
    const refused = await start('greedy', { bytes });
    const details = { budget: 'stored_bytes', used: 2 * bytes, limit: 500 * MEBIBYTE };
    assertError(refused, { status: 429, code: 'RATE_LIMITED', details });
    assert.match(refused.json().message, /stored bytes/);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.equal((await start('modest', { bytes })).status, 201);
    const { stored_bytes, open_uploads } = await usage('greedy');
    assert.deepEqual(stored_bytes, { used: 2 * bytes, limit: 500 * MEBIBYTE, unit: 'bytes' });
    assert.deepEqual(open_uploads, { used: 2, limit: 20, unit: 'count' });
  });

  it('count what is in the bucket', async () => {
    await upload('keeper');
    await s3.put({ bucket: 'own', key: 'uploads/other/a.mp3', body: mp3 });
    assert.equal((await usage('other')).stored_bytes.used, mp3.length);
    assert.equal((await usage('keeper')).stored_bytes.used, mp3.length);
  });

  it('may be open only in a limited number', async () => {
    const answers = [];
    for (let started = 0; started < 21; started += 1) answers.push(await start('many', { bytes: 1 }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...new Array(20).fill(201), 429],
    );
    assertError(answers.at(-1) ?? assert.fail(), {
      status: 429,
      code: 'RATE_LIMITED',
      details: { budget: 'open_uploads' },
    });
  });

  it('may be read from usage only with credentials, of any scope', async () => {
    assert.equal((await call(host, '/api/usage')).status, 401);
    assert.equal((await call(host, '/api/usage', await as('ann', 'jobs'))).status, 200);
  });
});
