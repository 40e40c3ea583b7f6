import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fstatSync, mkdtempSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { type SpoolOptions, spool } from '#lib/sources/spool.ts';
import { decode, ffmpeg, makeTone } from './support/media.ts';
import { openDescriptors } from './support/resources.ts';

type Failing = {
  readonly name: string;
  readonly body: () => Readable;
  readonly limits?: Partial<SpoolOptions>;
  readonly failure: { readonly code: string; readonly details?: object };
};

describe('the spool', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sources-spool-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  const options = () => ({
    directory,
    reserveBytes: 0,
    maxBytes: 10_000_000,
    claim: () => undefined,
    signal: new AbortController().signal,
  });

  it('lets ffmpeg seek in an M4A with its index last, unlike a pipe', async () => {
    // Noise, because ffmpeg can seek back within the few bytes of a short tone.
    const media = makeTone('noise.m4a', ['-af', 'aeval=random(0)-0.5', '-c:a', 'alac']);
    assert.equal(heardThroughPipe(media), 0);
    const spooled = await spool(Readable.from(inPieces(media)), options());
    assert.deepEqual(readdirSync(directory), []);
    const args = ['-f', 'mov', '-i', '/proc/self/fd/3', '-f', 's16le', 'pipe:1'];
    const samples = ffmpeg(args, ['ignore', 'pipe', 'pipe', spooled.fd]);
    assert.equal(spooled.bytes, media.length);
    assert.ok(Math.abs(samples.length / 2 / 48_000 - 3) < 0.05);
    // The offset is still at the start, for readers that share it.
    assert.equal(readSync(spooled.fd, Buffer.alloc(media.length), 0, media.length, null), media.length);
    await spooled.close();
  });

  it('closes its descriptor only once', async () => {
    const before = openDescriptors();
    const spooled = await spool(Readable.from([Buffer.from('abc')]), options());
    assert.equal(fstatSync(spooled.fd).nlink, 0);
    await Promise.all([spooled.close(), spooled.close()]);
    await spooled.close();
    assert.deepEqual(openDescriptors(), before);
  });

  const broken = new AppError('DOWNLOAD_FAILED', { status: 500 });
  const failing: Failing[] = [
    {
      name: 'over its limit',
      body: () => Readable.from([Buffer.alloc(3)]),
      limits: { maxBytes: 2 },
      failure: { code: 'PAYLOAD_TOO_LARGE', details: { limit_bytes: 2 } },
    },
    { name: 'whose source fails', body: () => failsAfter(Buffer.alloc(9), broken), failure: broken },
    { name: 'whose source has already failed', body: () => brokenBefore(broken), failure: broken },
    {
      name: 'whose source was closed',
      body: () => new Readable({ read() {} }).destroy(),
      failure: { code: 'DOWNLOAD_FAILED' },
    },
    {
      name: 'that may take no more space',
      body: () => Readable.from([Buffer.alloc(3)]),
      limits: {
        claim: () => {
          throw new AppError('OVERLOADED', { budget: 'spool_bytes' });
        },
      },
      failure: { code: 'OVERLOADED', details: { budget: 'spool_bytes' } },
    },
    {
      name: 'on a disk that is almost full',
      body: () => Readable.from([Buffer.alloc(3)]),
      limits: { reserveBytes: 2 ** 60 },
      failure: { code: 'OVERLOADED', details: { budget: 'disk_bytes', reserve_bytes: 2 ** 60 } },
    },
    {
      name: 'in a folder that is missing',
      body: () => Readable.from([Buffer.alloc(3)]),
      limits: { directory: '/nonexistent' },
      failure: { code: 'UNAVAILABLE', details: { part: 'spool', reason: 'ENOENT' } },
    },
  ];
  for (const { name, body, limits, failure } of failing) {
    it(`${name} fails, ends the source, and leaves nothing`, async () => {
      const before = openDescriptors();
      const source = body();
      await assert.rejects(spool(source, { ...options(), ...limits }), failure);
      assert.equal(source.destroyed, true);
      assert.deepEqual(openDescriptors(), before);
      assert.deepEqual(readdirSync(directory), []);
    });
  }

  it('ends with the signal’s reason, whether it is aborted before or during spooling', async () => {
    const before = openDescriptors();
    const reason = new AppError('UNAVAILABLE', { part: 'test' });
    await assert.rejects(
      spool(
        endless(() => {}),
        { ...options(), signal: AbortSignal.abort(reason) },
      ),
      reason,
    );
    const controller = new AbortController();
    const body = endless((chunks) => chunks === 20 && controller.abort(reason));
    await assert.rejects(spool(body, { ...options(), maxBytes: Infinity, signal: controller.signal }), reason);
    const silence = new AbortController();
    const silent = new Readable({ read: () => setImmediate(() => silence.abort(reason)) });
    await assert.rejects(spool(silent, { ...options(), signal: silence.signal }), reason);
    assert.deepEqual(openDescriptors(), before);
  });

  const unmountable = process.getuid?.() === 0 ? false : 'needs root, to mount a file system of 1 MB';
  it('fails as UNAVAILABLE on a full disk, and frees it', { skip: unmountable }, async (context) => {
    const small = mkdtempSync(join(tmpdir(), 'sources-small-'));
    try {
      execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { stdio: 'pipe' });
    } catch (error) {
      rmSync(small, { recursive: true });
      context.skip(`cannot mount a file system: ${error}`);
      return;
    }
    try {
      const limits = { ...options(), directory: small };
      const full = { code: 'UNAVAILABLE', details: { part: 'spool', reason: 'ENOSPC' } };
      await assert.rejects(spool(Readable.from(inPieces(Buffer.alloc(3_000_000))), limits), full);
      const spooled = await spool(Readable.from(inPieces(Buffer.alloc(900_000))), limits);
      await spooled.close();
    } finally {
      execFileSync('/bin/umount', [small]);
      rmSync(small, { recursive: true });
    }
  });
});

/** Returns the number of decoded samples. An error counts as 0, because not every version of ffmpeg exits with one. */
function heardThroughPipe(media: Buffer): number {
  try {
    return decode(media, 'mov').length / 2;
  } catch {
    return 0;
  }
}

function* inPieces(media: Buffer): Generator<Buffer> {
  for (let at = 0; at < media.length; at += 10_007) yield media.subarray(at, at + 10_007);
}

function failsAfter(start: Buffer, error: Error): Readable {
  return Readable.from(
    (async function* () {
      yield start;
      throw error;
    })(),
  );
}

function brokenBefore(error: Error): Readable {
  return new Readable({ read() {} }).on('error', () => {}).destroy(error);
}

function endless(onChunk: (chunks: number) => unknown): Readable {
  let chunks = 0;
  return new Readable({
    read() {
      chunks += 1;
      onChunk(chunks);
      this.push(Buffer.alloc(10_000));
    },
  });
}
