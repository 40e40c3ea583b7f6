import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { answer, inTurn, neverAnswer, resetBeforeHeaders, serve, startHttpSource } from '../../support/http-source.ts';
import { makeTone } from './support/media.ts';
import { failureOf, openerFor, readAll } from './support/opener.ts';

const mp3 = makeTone('tone.mp3', ['-id3v2_version', '0', '-b:a', '128k']);

describe('a source with a bad response', () => {
  for (const [status, recoverable] of [
    [404, false],
    [403, false],
    [408, true],
    [429, true],
    [500, true],
    [503, true],
  ] as const) {
    it(`fails with the status ${status} of that response`, async () => {
      const { code, details, ...rest } = await failureOf(answer(status));
      assert.deepEqual({ code, details }, { code: 'DOWNLOAD_FAILED', details: { status } });
      assert.equal(rest.recoverable, recoverable);
    });
  }

  const noAudio: [name: string, reason: string, content: Buffer][] = [
    ['HTML and status 200', 'text', Buffer.from('<!DOCTYPE html><html><body>Not found</body></html>')],
    ['a playlist named .mp3', 'a playlist', Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:5\nfile:///etc/passwd\n')],
    ['a gzip', 'an archive', gzipSync(mp3)],
    ['a zip', 'an archive', Buffer.from('PK\x03\x04\x14\0\0\0\x08\0')],
    ['nothing', 'empty', Buffer.alloc(0)],
    ['a tag without data after it', 'empty', Buffer.from('ID3\x04\0\0\0\0\0\x05hello', 'latin1')],
    ['a tag of 100 MB', 'a tag without audio', Buffer.from('ID3\x04\0\0\x30\0\0\0'.padEnd(100, '\0'), 'latin1')],
    ['too many tags', 'a tag without audio', Buffer.from('ID3\x04\0\0\0\0\0\0'.repeat(5000), 'latin1')],
  ];
  for (const [name, reason, content] of noAudio) {
    it(`is refused at once: ${name}`, async () => {
      const { phase, code, details } = await failureOf(serve(content));
      assert.deepEqual({ phase, code, details }, { phase: 'opening', code: 'UNSUPPORTED_FORMAT', details: { reason } });
    });
  }

  it('fails when the response is not HTTP', async () => {
    const { code } = await failureOf((request) => request.socket.end('SSH-2.0-OpenSSH\r\n'));
    assert.equal(code, 'DOWNLOAD_FAILED');
  });

  it('is requested once more after a reset before the headers', async () => {
    await using source = await startHttpSource(inTurn(resetBeforeHeaders, serve(mp3)));
    await using opener = openerFor([source]);
    assert.deepEqual(await readAll(await opener.openNow(source.origin)), mp3);
    assert.equal(source.requests.length, 2);
  });

  it('fails after two resets before the headers', async () => {
    const { code, requests } = await failureOf(resetBeforeHeaders);
    assert.deepEqual({ code, requests }, { code: 'DOWNLOAD_FAILED', requests: 2 });
  });

  it('fails when its port is closed', async () => {
    const gone = await startHttpSource(neverAnswer);
    await gone[Symbol.asyncDispose]();
    await using opener = openerFor([gone]);
    await assert.rejects(opener.openNow(gone.origin), { code: 'DOWNLOAD_FAILED', details: { reason: 'ECONNREFUSED' } });
  });

  it('fails when its host name cannot be resolved', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
    await using opener = openerFor([], { resolve });
    await assert.rejects(opener.openNow('http://media.example/'), {
      code: 'DOWNLOAD_FAILED',
      details: { reason: 'ENOTFOUND' },
    });
  });
});
