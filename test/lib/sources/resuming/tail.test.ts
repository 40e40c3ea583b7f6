import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer, fallSilent, inTurn, type ServeOptions, serve, startHttpSource } from '../../../support/http-source.ts';
import { makeTone } from '../support/media.ts';
import { openerFor, readAll } from '../support/opener.ts';

const NEVER = new AbortController().signal;
const mp3 = makeTone('tone.mp3', ['-id3v2_version', '0', '-b:a', '128k']);
const changed = Buffer.concat([mp3, mp3]);

/** Reads the tail of a source whose second response differs from the first. */
async function tailOf(second: Parameters<typeof startHttpSource>[0], first: ServeOptions = {}, bytes = 1_000) {
  await using source = await startHttpSource(inTurn(serve(mp3, first), second));
  await using opener = openerFor([source]);
  const opened = await opener.openNow(source.origin);
  const tail = await opened.tail(bytes, NEVER);
  assert.deepEqual(await readAll(opened), mp3, 'reading the tail has changed the source');
  return { tail, second: source.requests[1]?.headers };
}

describe('the tail of a source', () => {
  it('is its last bytes, requested from the same version', async () => {
    const headers = { etag: '"a"' };
    const { tail, second } = await tailOf(serve(mp3, { headers }), { headers });
    assert.deepEqual(tail, mp3.subarray(mp3.length - 1_000));
    assert.deepEqual([second?.range, second?.['if-range']], [`bytes=${mp3.length - 1_000}-`, '"a"']);
  });

  it('is undefined when the length is unknown or the source is no longer than the tail', async () => {
    const short = await tailOf(serve(mp3), {}, mp3.length);
    const chunked = await tailOf(serve(mp3), { chunked: true });
    assert.deepEqual(
      [short, chunked],
      [
        { tail: undefined, second: undefined },
        { tail: undefined, second: undefined },
      ],
    );
  });

  it('is undefined without ranges, and when the source has changed', async () => {
    const headers = { etag: '"a"' };
    assert.equal((await tailOf(serve(mp3, { ranges: false }))).tail, undefined);
    assert.equal((await tailOf(serve(changed, { headers: { etag: '"b"' } }), { headers })).tail, undefined);
    assert.equal((await tailOf(serve(changed))).tail, undefined);
  });

  it('fails when its request fails', async () => {
    await assert.rejects(tailOf(answer(403)), { code: 'DOWNLOAD_FAILED' });
    await assert.rejects(tailOf(answer(302, { location: 'http://127.0.0.2:1/' })), { code: 'SOURCE_FORBIDDEN' });
  });

  it('stops when the signal is aborted', async () => {
    await using source = await startHttpSource(inTurn(serve(mp3), fallSilent()));
    await using opener = openerFor([source]);
    const opened = await opener.openNow(source.origin);
    const impatience = new AbortController();
    const tail = opened.tail(1_000, impatience.signal);
    impatience.abort(new Error('enough'));
    await assert.rejects(tail, { message: 'enough' });
    assert.deepEqual(await readAll(opened), mp3);
  });

  it('ends with the source', async () => {
    await using source = await startHttpSource(inTurn(serve(mp3), fallSilent()));
    await using opener = openerFor([source]);
    const opened = await opener.openNow(source.origin);
    const tail = opened.tail(1_000, NEVER);
    opened.close();
    await assert.rejects(tail);
  });
});
