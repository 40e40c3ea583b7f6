import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endless, fallSilent, serve, startHttpSource } from '../../support/http-source.ts';
import { makeTone, makeToneWithCover } from './support/media.ts';
import { failureOf, openerFor, readAll } from './support/opener.ts';

const mp3 = makeTone('tone.mp3', ['-id3v2_version', '0', '-b:a', '128k']);
const long = Buffer.alloc(400_000, 1);

describe('opening a source', () => {
  it('returns its format, its size and its bytes', async () => {
    await using source = await startHttpSource(serve(mp3));
    await using opener = openerFor([source]);
    const opened = await opener.openNow(`${source.origin}/tone.mp3?token=secret#part`);
    assert.deepEqual(opened.format, { container: 'mp3', demuxer: 'mp3', index: 'first' });
    assert.equal(opened.size, mp3.length);
    assert.equal(opened.description, `${source.origin}/tone.mp3`);
    assert.deepEqual(await readAll(opened), mp3);
    assert.equal(source.requests[0]?.url, '/tone.mp3?token=secret');
    assert.equal(source.requests[0]?.headers['accept-encoding'], 'identity');
  });

  it('skips a tag with a cover of 300 KB', async () => {
    const tagged = makeToneWithCover();
    await using source = await startHttpSource(serve(tagged));
    await using opener = openerFor([source]);
    const opened = await opener.openNow(source.origin);
    assert.deepEqual(opened.format, { container: 'mp3', demuxer: 'mp3', index: 'first' });
    const bytes = await readAll(opened);
    assert.ok(bytes.length < tagged.length - 300_000);
    assert.deepEqual(bytes, tagged.subarray(tagged.length - bytes.length));
  });

  it('skips several tags that arrive byte by byte', async () => {
    const tag = Buffer.from('ID3\x04\0\0\0\0\0\x05hello', 'latin1');
    await using source = await startHttpSource(async (_, response) => {
      for (const byte of Buffer.concat([tag, tag])) await new Promise((sent) => response.write(Buffer.of(byte), sent));
      response.end(mp3);
    });
    await using opener = openerFor([source]);
    assert.deepEqual(await readAll(await opener.openNow(source.origin)), mp3);
  });

  it('waits for no more bytes than are needed to recognise the source', async () => {
    await using source = await startHttpSource(fallSilent(mp3.subarray(0, 1000)));
    await using opener = openerFor([source]);
    const opened = await opener.openNow(source.origin);
    assert.equal(opened.format.container, 'mp3');
    assert.equal(opened.size, undefined);
  });

  it('reuses connections for the next source', async () => {
    await using source = await startHttpSource(serve(mp3));
    await using opener = openerFor([source]);
    for (let round = 0; round < 10; round += 1) await readAll(await opener.openNow(source.origin));
    assert.ok(source.accepted() <= 2, `${source.accepted()} connections`);
  });

  it('leaves unrecognised sources to ffmpeg', async () => {
    await using source = await startHttpSource(serve(Buffer.alloc(100_000, 1)));
    await using opener = openerFor([source]);
    const opened = await opener.openNow(source.origin);
    assert.deepEqual(opened.format, { container: 'unknown', demuxer: undefined, index: 'first' });
    assert.equal((await readAll(opened)).length, 100_000);
  });

  it('refuses what is not the URL of a source', async () => {
    await using opener = openerFor([]);
    await assert.rejects(opener.openNow('file:///etc/passwd'), { code: 'INVALID_URL' });
  });
});

describe('a source that is too large', () => {
  it('is refused at once when it declares its size', async () => {
    const failure = await failureOf(serve(mp3), { maxBytes: 10_000 });
    assert.equal(failure.phase, 'opening');
    assert.equal(failure.code, 'PAYLOAD_TOO_LARGE');
    assert.deepEqual(failure.details, { limit_bytes: 10_000, size_bytes: mp3.length });
  });

  it('is cut at the limit when it does not declare its size', async () => {
    const { phase, code, details } = await failureOf(serve(long, { chunked: true }), { maxBytes: long.length - 1 });
    assert.deepEqual(
      { phase, code, details },
      {
        phase: 'reading',
        code: 'PAYLOAD_TOO_LARGE',
        details: { limit_bytes: long.length - 1 },
      },
    );
  });

  it('is cut at the limit when it never ends', async () => {
    const { phase, code } = await failureOf(endless(Buffer.alloc(65_536, 1)), { maxBytes: 3_000_000 });
    assert.deepEqual({ phase, code }, { phase: 'reading', code: 'PAYLOAD_TOO_LARGE' });
  });

  it('is read completely when it has exactly the size of the limit', async () => {
    await using source = await startHttpSource(serve(mp3, { chunked: true }));
    await using opener = openerFor([source], { maxBytes: mp3.length });
    assert.deepEqual(await readAll(await opener.openNow(source.origin)), mp3);
  });
});
