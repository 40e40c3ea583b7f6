import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PART_BYTES } from '#lib/storage/results/file-parts.ts';
import { openResults, type ResultObject, type Results, type ResultUpload } from '#lib/storage/results/results.ts';
import { createS3, type S3 } from '#lib/storage/s3-client.ts';
import { type ScratchFolder, scratchFolder } from '../../../support/scratch-folder.ts';
import { type S3Server, startS3Server } from '../../sources/support/s3-server.ts';

const BUCKET = 'results';
/** Three parts, the last one smaller. */
const LARGE = randomBytes(2 * PART_BYTES + 1_000);

let server: S3Server;
let s3: S3;
let results: Results;
let folder: ScratchFolder;

before(async () => {
  folder = scratchFolder();
  server = await startS3Server([BUCKET, 'elsewhere']);
  s3 = createS3(server.options, 5_000);
  results = openResults({ s3, bucket: BUCKET, urlSeconds: 60, timeoutMs: 5_000 });
  writeFileSync(folder.file('large'), LARGE);
  writeFileSync(folder.file('small'), 'a small file');
});
after(async () => {
  s3.close();
  folder[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function uploadOf(name: string, more: Partial<ResultUpload> = {}): ResultUpload {
  return {
    key: `jobs/${name}`,
    path: folder.file(name),
    bytes: name === 'large' ? LARGE.length : 12,
    contentType: 'video/mp4',
    filename: 'film.mp4',
    begin: async () => undefined,
    sent: () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
}

/** The files of the server, without its configuration. */
function stored(): string[] {
  const files = readdirSync(server.directory, { recursive: true, withFileTypes: true });
  return files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
}

describe('a result', () => {
  for (const name of ['small', 'large']) {
    it(`that is ${name} is stored with its type and name, and deleted`, async () => {
      const sent: number[] = [];
      await results.upload(uploadOf(name, { sent: (bytes) => sent.push(bytes) }));
      const response = await fetch(await results.sign(`jobs/${name}`));
      const body = Buffer.from(await response.arrayBuffer());
      assert.ok(body.equals(name === 'large' ? LARGE : Buffer.from('a small file')));
      assert.equal(response.headers.get('content-type'), 'video/mp4');
      assert.equal(response.headers.get('content-disposition'), 'inline; filename="film.mp4"');
      assert.equal(
        sent.reduce((sum, bytes) => sum + bytes),
        body.length,
      );
      await results.remove({ key: `jobs/${name}` });
      assert.equal((await fetch(await results.sign(`jobs/${name}`))).status, 404);
    });
  }

  it('has URLs that are valid for at least as long as is asked, and no longer than S3 allows', async () => {
    await results.upload(uploadOf('small'));
    const lifetime = async (seconds: number) => {
      return Number(new URL(await results.signFor('jobs/small', seconds)).searchParams.get('X-Amz-Expires'));
    };
    assert.deepEqual(
      await Promise.all([7_200, 9_000, 7_200, 10_000_000].map(lifetime)),
      [7_206, 9_006, 7_206, 604_800],
    );
    assert.equal(await (await fetch(await results.signFor('jobs/small', 7_200))).text(), 'a small file');
    assert.equal(await results.signFor('jobs/small', 7_200), await results.signFor('jobs/small', 7_200));
  });

  it('that is a text is read whole, and refused when it is large or absent', async () => {
    await results.upload(uploadOf('small'));
    await results.upload(uploadOf('large'));
    assert.equal(await results.read('jobs/small'), 'a small file');
    await assert.rejects(results.read('jobs/large'), /has \d+ bytes/);
    await assert.rejects(results.read('jobs/none'), { code: 'NOT_FOUND' });
    for (const name of ['small', 'large']) await results.remove({ key: `jobs/${name}` });
  });

  it('is announced before it is begun: its key, then its multipart upload', async () => {
    const announced: ResultObject[] = [];
    const filesThen: number[] = [];
    const before = stored().length;
    const begin = async (object: ResultObject) => {
      announced.push(object);
      filesThen.push(stored().length - before);
    };
    await results.upload(uploadOf('large', { begin }));
    const [object, multipart] = announced;
    assert.deepEqual(object, { bucket: BUCKET, key: 'jobs/large' });
    assert.match(multipart?.uploadId ?? '', /^[a-f\d]+$/);
    // The multipart upload has no part yet.
    assert.equal(filesThen[0], 0);
    await results.remove({ key: 'jobs/large' });
  });

  it('that cannot be announced is not begun', async () => {
    const before = stored();
    const begin = () => Promise.reject(new Error('the database is down'));
    await assert.rejects(results.upload(uploadOf('large', { begin })), { message: 'the database is down' });
    assert.deepEqual(stored(), before);
  });

  it('whose upload is aborted leaves no multipart upload', async () => {
    const before = stored();
    const abort = new AbortController();
    const upload = uploadOf('large', { signal: abort.signal, sent: () => abort.abort(new Error('cancelled')) });
    await assert.rejects(results.upload(upload), { message: 'cancelled' });
    assert.deepEqual(stored(), before);
  });

  it('whose file ends too early leaves no multipart upload', async () => {
    const before = stored();
    await assert.rejects(results.upload(uploadOf('large', { bytes: LARGE.length + 10 * PART_BYTES })));
    assert.deepEqual(stored(), before);
  });

  it('may lie in another bucket', async () => {
    await results.upload(uploadOf('small', { bucket: 'elsewhere' }));
    assert.ok(stored().some((file) => file.includes('/elsewhere/jobs/small')));
    await results.remove({ bucket: 'elsewhere', key: 'jobs/small' });
    assert.ok(!stored().some((file) => file.includes('/elsewhere/jobs/small')));
  });

  it('stays when its multipart upload, which is complete, is to be aborted', async () => {
    const uploads: (string | undefined)[] = [];
    await results.upload(uploadOf('large', { begin: async ({ uploadId }) => void uploads.push(uploadId) }));
    const uploadId = uploads.find((id) => id !== undefined);
    assert.ok(uploadId !== undefined);
    await results.remove({ key: 'jobs/large', uploadId });
    assert.equal((await fetch(await results.sign('jobs/large'))).status, 200);
    await results.remove({ key: 'jobs/large' });
  });

  it('that does not exist can be deleted, with a multipart upload that does not exist', async () => {
    await results.remove({ key: 'jobs/none', uploadId: 'deadbeef' });
  });

  it('is a recoverable failure while the server is down', async () => {
    const unreachable = createS3({ ...server.options, endpoint: 'http://127.0.0.1:9' }, 1_000);
    const down = openResults({ s3: unreachable, bucket: BUCKET, urlSeconds: 60, timeoutMs: 2_000 });
    await assert.rejects(down.upload(uploadOf('small')), { code: 'UNAVAILABLE', recoverable: true });
    unreachable.close();
  });
});

describe('the key of a result', () => {
  it('names owner, job, attempt and file, whatever characters the owner has', () => {
    const file = { jobId: 'J', attempt: 2, file: 'film.mp4' };
    assert.equal(results.keyOf({ owner: 'alice', ...file }), 'jobs/alice/J/2/film.mp4');
    assert.match(results.keyOf({ owner: '../bob', ...file }), /^jobs\/~[\w-]{43}\/J\/2\/film\.mp4$/);
  });
});
