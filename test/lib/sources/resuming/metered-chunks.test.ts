import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { meteredChunks } from '#lib/sources/resuming/metered-chunks.ts';
import type { RateGuard } from '#lib/sources/resuming/rate-guard.ts';

type Report = { waitedMs: number; bytes: number };

function recordingGuard(remainingMs: number): RateGuard & { reports: Report[] } {
  const reports: Report[] = [];
  return { reports, remainingMs: () => remainingMs, record: (waitedMs, bytes) => reports.push({ waitedMs, bytes }) };
}

function read(body: Readable, guard: RateGuard): Promise<Buffer[]> {
  return Readable.from(meteredChunks(body, guard)).toArray();
}

describe('metered chunks', () => {
  it('are those of the body, each reported to the guard', async () => {
    const guard = recordingGuard(10_000);
    const body = Readable.from([Buffer.from('ab'), Buffer.from('c')]);
    assert.equal(Buffer.concat(await read(body, guard)).toString(), 'abc');
    assert.deepEqual(
      guard.reports.map(({ bytes }) => bytes),
      [2, 1, 0],
    );
    assert.equal(body.destroyed, true);
  });

  it('do not count the time of their reader', async () => {
    const guard = recordingGuard(10_000);
    for await (const _ of meteredChunks(Readable.from([Buffer.from('a'), Buffer.from('b')]), guard)) {
      for (const until = performance.now() + 100; performance.now() < until; );
    }
    assert.ok(
      guard.reports.every(({ waitedMs }) => waitedMs < 50),
      JSON.stringify(guard.reports),
    );
  });

  it('fail with TIMEOUT when the guard allows no wait, even if bytes keep coming', async () => {
    const body = Readable.from([Buffer.from('a')]);
    await assert.rejects(read(body, recordingGuard(0)), { code: 'TIMEOUT' });
    assert.equal(body.destroyed, true);
  });

  it('fail with TIMEOUT when nothing arrives for as long as the guard allows', async () => {
    const body = new Readable({ read() {} });
    await assert.rejects(read(body, recordingGuard(20)), { code: 'TIMEOUT' });
    assert.equal(body.destroyed, true);
  });

  it('end their body when their reader stops', async () => {
    const body = new Readable({ read() {} });
    body.push('a');
    for await (const _ of meteredChunks(body, recordingGuard(10_000))) break;
    assert.equal(body.destroyed, true);
  });
});
