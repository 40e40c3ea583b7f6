import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { AppError } from '#lib/errors.ts';
import { createS3, type S3, type S3Options } from '#lib/storage/s3-client.ts';
import { createSourceSigner } from '#lib/storage/source-signer.ts';
import { answer, serve, startHttpSource } from '../../support/http-source.ts';
import { makeTone } from './support/media.ts';
import { openerFor, readAll } from './support/opener.ts';
import { type S3Server, startS3Server } from './support/s3-server.ts';

const mp3 = makeTone('tone.mp3', ['-id3v2_version', '0']);
const large = Buffer.concat([Buffer.alloc(64, 1), randomBytes(2_000_000)]);
const SIGNATURE = /X-Amz-(?:Signature|Credential|Security-Token)/i;

describe('an s3 source', () => {
  let s3: S3Server;
  before(async () => {
    s3 = await startS3Server(['open-bucket', 'closed-bucket']);
    await s3.put({ bucket: 'open-bucket', key: 'a folder/100% ä+b.mp3', body: mp3 });
    await s3.put({ bucket: 'open-bucket', key: 'large.bin', body: large });
    await s3.put({ bucket: 'closed-bucket', key: 'a.mp3', body: mp3 });
  });
  after(() => s3[Symbol.asyncDispose]());

  const clients: S3[] = [];
  after(() => {
    for (const client of clients) client.close();
  });
  function openerOf(options: S3Options = s3.options) {
    const client = createS3(options, 10_000);
    clients.push(client);
    const buckets = ['open-bucket', 'missing-bucket'];
    return openerFor([], { s3: createSourceSigner({ s3: client, buckets, ownBucket: undefined }) });
  }

  it('is read from a listed bucket, at an endpoint that the address policy would refuse', async () => {
    await using opener = openerOf();
    const opened = await opener.openNow('s3://open-bucket/a folder/100% ä+b.mp3');
    assert.equal(opened.format.container, 'mp3');
    assert.equal(opened.size, mp3.length);
    assert.equal(opened.description, 's3://open-bucket/a folder/100% ä+b.mp3');
    assert.deepEqual(await readAll(opened), mp3);
  });

  it('is refused from any other bucket', async () => {
    await using opener = openerOf();
    await assert.rejects(opener.openNow('s3://closed-bucket/a.mp3'), { code: 'SOURCE_FORBIDDEN' });
  });

  for (const url of ['s3://open-bucket/missing.mp3', 's3://missing-bucket/a.mp3']) {
    it(`that is missing, ${url}, fails with 404 and without its signed URL`, async () => {
      await using opener = openerOf();
      await assert.rejects(opener.openNow(url), (error) => {
        assert.ok(error instanceof AppError);
        assert.deepEqual([error.code, error.details, error.recoverable], ['DOWNLOAD_FAILED', { status: 404 }, false]);
        assert.doesNotMatch(inspect(error, { depth: 9 }), SIGNATURE);
        return true;
      });
    });
  }

  it('is resumed with a signed range request when the connection fails', async () => {
    await using opener = openerOf();
    let broken = 0;
    const breakOnce = (socket: import('node:net').Socket): void => {
      const write = socket.write;
      socket.write = function (this: typeof socket, ...args: Parameters<typeof write>) {
        if (socket.bytesWritten > 500_000 && broken === 0) {
          broken += 1;
          socket.destroy();
        }
        return write.apply(this, args);
      } as typeof write;
    };
    s3.server.on('connection', breakOnce);
    const bytes = await readAll(await opener.openNow('s3://open-bucket/large.bin'));
    s3.server.off('connection', breakOnce);
    assert.equal(broken, 1);
    assert.deepEqual(bytes, large);
  });

  it('may redirect only to URLs that are allowed for users', async () => {
    await using internal = await startHttpSource(serve(mp3));
    await using endpoint = await startHttpSource(answer(307, { location: internal.origin }));
    await using opener = openerOf({ ...s3.options, endpoint: endpoint.origin });
    await assert.rejects(opener.openNow('s3://open-bucket/a.mp3'), { code: 'SOURCE_FORBIDDEN' });
    assert.equal(internal.requests.length, 0);
  });

  it('is signed again for each attempt, however long it takes', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const content = serve(large, { headers: { etag: '"one"' }, breakAfter: [500_000] });
    await using endpoint = await startHttpSource((request, response) => {
      context.mock.timers.tick(3_600_000);
      content(request, response);
    });
    await using opener = openerOf({ ...s3.options, endpoint: endpoint.origin });
    assert.deepEqual(await readAll(await opener.openNow('s3://open-bucket/large.bin')), large);
    assert.equal(endpoint.requests.length, 2);
    const dates = endpoint.requests.map(({ url }) =>
      new URL(url ?? '', endpoint.origin).searchParams.get('X-Amz-Date'),
    );
    assert.equal(new Set(dates).size, 2);
  });

  it('can be aborted while the SDK waits for credentials', async () => {
    const reason = new AppError('UNAVAILABLE', { part: 'test' });
    const controller = new AbortController();
    await using metadata = await startHttpSource(() => controller.abort(reason));
    using _ = environment({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${metadata.origin}/`,
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    });
    await using opener = openerOf({ ...s3.options, credentials: undefined });
    await assert.rejects(opener.open('s3://open-bucket/a.mp3', { accept: 'audio', signal: controller.signal }), reason);
  });

  it('does not reveal its signed URL when the endpoint is down', async () => {
    const gone = await startHttpSource(serve(mp3));
    await gone[Symbol.asyncDispose]();
    await using opener = openerOf({ ...s3.options, endpoint: gone.origin });
    await assert.rejects(opener.openNow('s3://open-bucket/a.mp3'), (error) => {
      assert.ok(error instanceof AppError && error.code === 'DOWNLOAD_FAILED');
      assert.doesNotMatch(inspect(error, { depth: 9 }), SIGNATURE);
      return true;
    });
  });
});

/** Sets environment variables until it is disposed. */
function environment(variables: Record<string, string | undefined>): Disposable {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const apply = (values: Record<string, string | undefined>): void => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  apply(variables);
  return { [Symbol.dispose]: () => apply(before) };
}
