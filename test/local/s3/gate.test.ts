import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ruleOfOrigins } from '../../../local/s3/browser-origins.ts';
import { createS3Server } from '../../../local/s3/s3-server.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { send } from './support/send.ts';
import { sign, signChunks, type ToSign } from './support/signer.ts';

const KEYS = { accessKeyId: 'OWN', secretAccessKey: 'the secret of this test' };
const FRIEND = 'https://friend.example';
const OBJECT = 'an upload';

const cleanUp = new AsyncDisposableStack();
let folder: ScratchFolder;
let port: number;
let host: string;
let client: S3Client;

before(async () => {
  folder = cleanUp.use(scratchFolder());
  const server = createS3Server({
    directory: folder.file('data/s3'),
    port: 0,
    buckets: ['media', 'other'],
    credentials: KEYS,
    isAllowedOrigin: ruleOfOrigins({ CORS_ORIGINS: [FRIEND], HOST: '127.0.0.1', PORT: 8090 }),
  });
  ({ port } = await server.run());
  cleanUp.defer(() => {
    server.httpServer.closeAllConnections();
    return server.close();
  });
  host = `127.0.0.1:${port}`;
  client = cleanUp.adopt(clientWith(KEYS), (used) => used.destroy());
  await client.send(new PutObjectCommand({ Bucket: 'media', Key: 'kept.txt', Body: OBJECT }));
  writeFileSync(folder.file('secret.txt'), 'secret');
});
after(() => cleanUp.disposeAsync());

function clientWith(credentials: typeof KEYS): S3Client {
  return new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  });
}

const url = (key = 'kept.txt', expiresIn = 60) =>
  getSignedUrl(client, new GetObjectCommand({ Bucket: 'media', Key: key }), { expiresIn });

async function targetOf(signed: Promise<string>): Promise<string> {
  const { pathname, search } = new URL(await signed);
  return `${pathname}${search}`;
}

function signed(method: string, target: string, more: Partial<ToSign> = {}): Record<string, string> {
  return sign({ method, target, keys: KEYS, ...more, headers: { host, ...more.headers } });
}

async function textOf(key: string, range?: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'media', Key: key, Range: range }));
  return (await Body?.transformToString()) ?? '';
}

/** Lists all files outside of the server's buckets. */
function filesOutside(): string[] {
  const inside = ['data/s3/media/', 'data/s3/other/'];
  const files = readdirSync(folder.path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.path.length + 1));
  return files.filter((file) => !inside.some((start) => file.startsWith(start)));
}

describe('the embedded S3 server', () => {
  it('serves what the AWS SDK sends', async () => {
    const Bucket = 'media';
    for (const Key of ['plain', 'a b/ü (1)+~!*.mp3', 'deep/er/key']) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}`, Metadata: { by: 'test' } }));
      assert.equal(await textOf(Key), `body of ${Key}`);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
      assert.equal(head.Metadata?.['by'], 'test');
    }
    assert.equal(await textOf('plain', 'bytes=5-6'), 'of');
    const list = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'deep/' }));
    assert.deepEqual(
      list.Contents?.map(({ Key }) => Key),
      ['deep/er/key'],
    );
    const bytes = Buffer.alloc(300_000, 'stream');
    const streamed = { Bucket, Key: 'streamed', Body: Readable.from([bytes]), ContentLength: bytes.length };
    await client.send(new PutObjectCommand({ ...streamed, ContentEncoding: 'gzip' }));
    const { Body, ContentEncoding } = await client.send(new GetObjectCommand({ Bucket, Key: 'streamed' }));
    assert.ok((await buffer(Body as Readable)).equals(bytes));
    assert.equal(ContentEncoding, 'gzip');
    const override = new GetObjectCommand({ Bucket, Key: 'plain', ResponseContentType: 'audio/ogg' });
    assert.equal((await client.send(override)).ContentType, 'audio/ogg');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'plain' }));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'streamed' }] } }));
    const rest = await client.send(new ListObjectsV2Command({ Bucket }));
    assert.deepEqual(rest.Contents?.map(({ Key }) => Key).toSorted(), ['a b/ü (1)+~!*.mp3', 'deep/er/key', 'kept.txt']);
  });

  it('serves uploads in parts', async () => {
    const upload = { Bucket: 'media', Key: 'parts' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
    const Parts = await Promise.all(
      [1, 2].map(async (PartNumber) => {
        const Body = Buffer.alloc(100_000, `part ${PartNumber}`);
        const { ETag } = await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber, Body }));
        return { PartNumber, ETag };
      }),
    );
    const complete = { ...upload, UploadId, MultipartUpload: { Parts } };
    await client.send(new CompleteMultipartUploadCommand(complete));
    assert.equal((await textOf('parts')).length, 200_000);
  });

  it('accepts chunks with signatures, and keeps nothing of a body that is not what was signed', async () => {
    const { accepted, forged } = signedChunks('first chunk', 'second chunk');
    for (const [body, status] of [
      [forged, 400],
      [accepted, 200],
    ] as const) {
      const answer = await send({ port, method: 'PUT', target: '/media/chunks', ...body });
      assert.equal(answer.status, status, answer.body);
      if (status === 400) await assert.rejects(textOf('chunks'), { name: 'NoSuchKey' });
    }
    assert.equal(await textOf('chunks'), 'first chunksecond chunk');
    const payload = createHash('sha256').update('signed').digest('hex');
    const headers = { ...signed('PUT', '/media/kept.txt', { payload }), 'content-length': '5' };
    const answer = await send({ port, method: 'PUT', target: '/media/kept.txt', headers, body: 'other' });
    assert.equal(answer.status, 400);
    assert.equal(await textOf('kept.txt'), OBJECT);
  });

  it('serves signed URLs to browsers, also of pages that may call the service', async () => {
    const put = await getSignedUrl(
      client,
      new PutObjectCommand({ Bucket: 'media', Key: 'by-page', ContentLength: 4 }),
      {
        signableHeaders: new Set(['host', 'content-length']),
      },
    );
    for (const origin of [FRIEND, 'http://127.0.0.1:8090', 'http://localhost:8090']) {
      const preflight = await send({
        port,
        method: 'OPTIONS',
        target: '/media/by-page',
        headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' },
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers['access-control-allow-headers'], 'content-type');
      const stored = await fetch(put, { method: 'PUT', body: 'page', headers: { origin } });
      assert.equal(stored.status, 200, await stored.text());
      const played = await fetch(await url('by-page'), { headers: { origin, range: 'bytes=0-' } });
      assert.equal(played.status, 206);
      assert.equal(await played.text(), 'page');
      for (const answer of [stored, played]) {
        assert.equal(answer.headers.get('access-control-allow-origin'), origin);
        assert.match(answer.headers.get('access-control-expose-headers') ?? '', /ETag/);
      }
    }
    assert.equal((await fetch(put, { method: 'PUT', body: 'longer' })).status, 403);
  });

  const evil = { origin: 'https://evil.example' };
  const past = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  const target = '/media/kept.txt';
  const form = 'multipart/form-data; boundary=x';
  type Attack = readonly [what: string, status: number, request: () => Parameters<typeof attack>[0]];
  const ATTACKS: readonly Attack[] = [
    ['a read without a signature', 403, () => ({ target })],
    ['a list without a signature', 403, () => ({ target: '/media' })],
    ['a list of the buckets without a signature', 403, () => ({ target: '/' })],
    ['a write without a signature', 403, () => ({ method: 'PUT', target })],
    ['a delete without a signature', 403, () => ({ method: 'DELETE', target })],
    ['the account of the library', 403, () => ({ target, keys: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } })],
    ['another secret', 403, () => ({ target, keys: { ...KEYS, secretAccessKey: 'guessed' } })],
    ['the signature of another method', 403, () => ({ method: 'DELETE', target, signAs: { method: 'GET' } })],
    ['the signature of another key', 403, () => ({ target, signAs: { target: '/media/other' } })],
    ['the signature of another query', 403, () => ({ target: `${target}?acl`, signAs: { target } })],
    ['a signature that is too old', 403, () => ({ target, keys: KEYS, at: past(16) })],
    ['a signature of the future', 403, () => ({ target, keys: KEYS, at: past(-16) })],
    [
      'a header that was not signed',
      403,
      () => ({ target, keys: KEYS, headers: { 'x-amz-meta-a': '1' }, unsigned: ['x-amz-meta-a'] }),
    ],
    [
      'a copy of what was not signed',
      403,
      () => ({
        method: 'PUT',
        target: '/media/copy',
        keys: KEYS,
        headers: { 'x-amz-copy-source': '/media/kept.txt' },
        unsigned: ['x-amz-copy-source'],
      }),
    ],
    ['a host that was not signed', 400, () => ({ target, keys: KEYS, unsigned: ['host'] })],
    ['Signature Version 2 in a header', 400, () => ({ target, headers: { authorization: 'AWS S3RVER:x' } })],
    [
      'Signature Version 2 in the query',
      400,
      () => ({ target: `${target}?AWSAccessKeyId=S3RVER&Signature=x&Expires=9999999999` }),
    ],
    ['a foreign host', 421, () => ({ target, keys: KEYS, headers: { host: 'evil.example' } })],
    ['a name that was rebound', 421, () => ({ target, keys: KEYS, headers: { host: `evil.example:${port}` } })],
    ['a foreign page', 403, () => ({ target, keys: KEYS, headers: evil })],
    [
      'the preflight of a foreign page',
      403,
      () => ({ method: 'OPTIONS', target, headers: { ...evil, 'access-control-request-method': 'PUT' } }),
    ],
    ['a page that deletes', 403, () => ({ method: 'DELETE', target, keys: KEYS, headers: { origin: FRIEND } })],
    ['a page without an origin', 403, () => ({ target, keys: KEYS, headers: { origin: 'null' } })],
    ['a form', 403, () => ({ method: 'POST', target: '/media', keys: KEYS, headers: { 'content-type': form } })],
    [
      'a form for what is no form',
      403,
      () => ({ method: 'POST', target: '/media?delete', keys: KEYS, headers: { 'content-type': form } }),
    ],
    ['dot segments', 400, () => ({ method: 'PUT', target: '/media/../../escaped', keys: KEYS })],
    ['encoded dot segments', 400, () => ({ method: 'PUT', target: '/media/%2e%2e/%2e%2e/escaped', keys: KEYS })],
    ['a bucket of dots', 400, () => ({ method: 'PUT', target: '/../escaped', keys: KEYS })],
    ['an encoded slash', 400, () => ({ method: 'PUT', target: '/media/..%2f..%2fescaped', keys: KEYS })],
    ['an encoded backslash', 400, () => ({ method: 'PUT', target: '/media/..%5cescaped', keys: KEYS })],
    ['NUL', 400, () => ({ method: 'PUT', target: '/media/a%00b', keys: KEYS })],
    ['an empty segment', 400, () => ({ method: 'PUT', target: '/media//kept.txt', keys: KEYS })],
    ['an encoding that is none', 400, () => ({ method: 'PUT', target: '/media/%zz', keys: KEYS })],
    ['an absolute target', 400, () => ({ target: 'http://127.0.0.1/media/kept.txt', keys: KEYS })],
    [
      'a copy from outside',
      400,
      () => ({
        method: 'PUT',
        target: '/media/copy',
        keys: KEYS,
        headers: { 'x-amz-copy-source': '/media/../../../secret.txt' },
      }),
    ],
    [
      'a copy from a bucket of dots',
      400,
      () => ({ method: 'PUT', target: '/media/copy', keys: KEYS, headers: { 'x-amz-copy-source': '/../kept.txt' } }),
    ],
    [
      'a part outside',
      404,
      () => ({ method: 'PUT', target: '/media/x?partNumber=1&uploadId=..%2F..%2Fescaped', keys: KEYS }),
    ],
    [
      'a part whose number is a path',
      400,
      () => ({ method: 'PUT', target: '/media/x?partNumber=..%2F..%2Fescaped&uploadId=abc', keys: KEYS }),
    ],
    [
      'a key outside in a body',
      400,
      () => ({
        method: 'POST',
        target: '/media?delete',
        keys: KEYS,
        headers: { 'content-type': 'application/xml' },
        body: '<Delete><Object><Key>../../../secret.txt</Key></Object></Delete>',
      }),
    ],
  ];

  async function attack({
    body = '',
    headers = {},
    keys,
    unsigned,
    at,
    signAs,
    method = 'GET',
    target,
  }: {
    method?: string;
    target: string;
    headers?: Record<string, string>;
    body?: string;
    keys?: typeof KEYS;
    unsigned?: readonly string[];
    at?: Date;
    signAs?: { method?: string; target?: string };
  }) {
    const all =
      keys === undefined && signAs === undefined
        ? { host, ...headers }
        : signed(signAs?.method ?? method, signAs?.target ?? target, {
            headers,
            ...(keys && { keys }),
            ...(unsigned && { unsigned }),
            ...(at && { at }),
          });
    return await send({ port, method, target, headers: { ...all, 'content-length': String(body.length) }, body });
  }

  for (const [what, status, request] of ATTACKS) {
    it(`refuses ${what}`, async () => {
      const answer = await attack(request());
      assert.equal(answer.status, status, answer.body);
      assert.ok(!answer.body.includes(OBJECT));
      assert.deepEqual(filesOutside(), ['secret.txt']);
      assert.equal(await textOf('kept.txt'), OBJECT);
    });
  }

  it('refuses signed URLs that expired, were changed, or lack a part', async () => {
    const good = await targetOf(url());
    assert.equal((await send({ port, target: good })).status, 200);
    const day = /X-Amz-Date=(\d{8})/.exec(good)?.[1] ?? '';
    for (const changed of [
      await targetOf(
        getSignedUrl(client, new GetObjectCommand({ Bucket: 'media', Key: 'kept.txt' }), {
          expiresIn: 60,
          signingDate: past(2),
        }),
      ),
      await targetOf(
        getSignedUrl(client, new GetObjectCommand({ Bucket: 'media', Key: 'kept.txt' }), { signingDate: past(-20) }),
      ),
      good.replace('kept.txt', 'other.txt'),
      good.replace('X-Amz-Expires=60', 'X-Amz-Expires=604800'),
      good.replace('X-Amz-Expires=60', 'X-Amz-Expires=1e9'),
      good.replace(/&?X-Amz-Expires=60/, ''),
      good.replaceAll(day, '20200101'),
      good.replace(/X-Amz-SignedHeaders=host/, 'X-Amz-SignedHeaders=range'),
      `${good}&X-Amz-Copy-Source=other`,
      `${good}&X-Amz-Signature=${'0'.repeat(64)}`,
      `${good}&x-amz-expires=60`,
      good.replace(/X-Amz-Signature=\w{4}/, 'X-Amz-Signature=0000'),
      good.replace(/X-Amz-Signature=\w+/, 'X-Amz-Signature='),
      good.replace(/X-Amz-Credential=[^&]+/, 'X-Amz-Credential=OWN%2F%ZZ'),
    ]) {
      const { status, body } = await send({ port, target: changed });
      assert.ok(status === 403 || status === 400, `${status} for ${changed}: ${body}`);
    }
    const header = await send({ port, target: good, headers: { 'x-amz-copy-source': '/media/kept.txt' } });
    assert.equal(header.status, 403);
  });
});

/** A body of signed chunks, as old SDKs send it, and one whose last chunk was changed. */
function signedChunks(...chunks: readonly string[]) {
  const payload = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
  const length = String(chunks.join('').length);
  const headers = signed('PUT', '/media/chunks', { payload, headers: { 'x-amz-decoded-content-length': length } });
  const body = signChunks(headers['authorization'] ?? '', { chunks, time: headers['x-amz-date'] ?? '', keys: KEYS });
  const asSent = (text: string) => ({ headers: { ...headers, 'content-length': String(text.length) }, body: text });
  return { accepted: asSent(body), forged: asSent(body.replace(/second/, 'change')) };
}
