import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceOpenerOptions } from '#lib/sources/open-source.ts';
import { fallSilent, neverAnswer, startSilentListener, trickle, trickleHeaders } from '../../support/http-source.ts';
import { makeTone } from './support/media.ts';
import { failureOf, openerFor } from './support/opener.ts';

const mp3 = makeTone('tone.mp3', ['-id3v2_version', '0', '-b:a', '128k']);
const soon: Partial<SourceOpenerOptions> = { headersTimeoutMs: 200, stallTimeoutMs: 200 };

describe('a slow source', () => {
  it('times out when it does not respond', async () => {
    const { phase, code } = await failureOf(neverAnswer, soon);
    assert.deepEqual({ phase, code }, { phase: 'opening', code: 'TIMEOUT' });
  });

  it('times out when it sends its headers byte by byte', async () => {
    const { phase, code } = await failureOf(trickleHeaders(5), soon);
    assert.deepEqual({ phase, code }, { phase: 'opening', code: 'TIMEOUT' });
  });

  it('times out when it sends nothing after the headers', async () => {
    const { phase, code } = await failureOf(fallSilent(), soon);
    assert.deepEqual({ phase, code }, { phase: 'opening', code: 'TIMEOUT' });
  });

  it('times out when it stops sending in the middle', async () => {
    const { phase, code } = await failureOf(fallSilent(mp3.subarray(0, 5000)), soon);
    assert.deepEqual({ phase, code }, { phase: 'reading', code: 'TIMEOUT' });
  });

  it('times out when it only sends a byte now and then', async () => {
    const limits = { ...soon, minBytesPerSecond: 2000 };
    const { phase, code } = await failureOf(trickle(mp3.subarray(0, 5000), Buffer.of(0), 20), limits);
    assert.deepEqual({ phase, code }, { phase: 'reading', code: 'TIMEOUT' });
  });

  it('times out when its name server does not respond', async () => {
    await using opener = openerFor([], { connectTimeoutMs: 100, resolve: () => new Promise(() => {}) });
    await assert.rejects(opener.openNow('http://media.example/'), { code: 'TIMEOUT' });
  });

  it('times out when it does not finish the TLS handshake', async () => {
    await using source = await startSilentListener();
    await using opener = openerFor([source], { connectTimeoutMs: 100 });
    await assert.rejects(opener.openNow(`https://127.0.0.1:${source.port}/`), { code: 'TIMEOUT' });
  });
});
