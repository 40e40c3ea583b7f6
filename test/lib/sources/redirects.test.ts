import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer, inTurn, redirectChain, serve, startHttpSource } from '../../support/http-source.ts';
import { makeTone } from './support/media.ts';
import { failureOf, openerFor, readAll } from './support/opener.ts';

const mp3 = makeTone('tone.mp3', ['-id3v2_version', '0', '-b:a', '128k']);

describe('a source that redirects', () => {
  it('five times is followed', async () => {
    await using source = await startHttpSource(redirectChain(mp3));
    await using opener = openerFor([source]);
    const opened = await opener.openNow(`${source.origin}/5`);
    assert.deepEqual(await readAll(opened), mp3);
    assert.equal(opened.description, `${source.origin}/5`);
  });

  it('six times is not', async () => {
    await using source = await startHttpSource(redirectChain(mp3));
    await using opener = openerFor([source]);
    await assert.rejects(opener.openNow(`${source.origin}/6`), { code: 'DOWNLOAD_FAILED', recoverable: false });
    assert.equal(source.requests.length, 6);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    it(`with ${status} is followed`, async () => {
      await using source = await startHttpSource(inTurn(answer(status, { location: 'b.mp3' }), serve(mp3)));
      await using opener = openerFor([source]);
      await readAll(await opener.openNow(`${source.origin}/music/a.mp3`));
      assert.equal(source.requests[1]?.url, '/music/b.mp3');
    });
  }

  const forbidden = [
    'http://169.254.169.254/latest/meta-data/',
    'http://0x7f.1:1/',
    'http://[::ffff:10.0.0.1]/',
    'http://localhost:1/',
    'file:///etc/passwd',
    's3://a-bucket/key',
    'data:audio/mpeg;base64,AAAA',
  ];
  for (const location of forbidden) {
    it(`to ${location} is refused`, async () => {
      assert.equal((await failureOf(answer(302, { location }))).code, 'SOURCE_FORBIDDEN');
    });
  }

  it('to another port of an allowed address is refused', async () => {
    await using internal = await startHttpSource(serve(mp3));
    assert.equal((await failureOf(answer(302, { location: internal.origin }))).code, 'SOURCE_FORBIDDEN');
    assert.equal(internal.requests.length, 0);
  });

  it('to an invalid URL, or without a location, fails', async () => {
    assert.equal((await failureOf(answer(302, { location: 'http://' }))).code, 'DOWNLOAD_FAILED');
    assert.deepEqual((await failureOf(answer(302))).details, { status: 302 });
  });

  it('receives the credentials only on its own origin', async () => {
    await using other = await startHttpSource(serve(mp3));
    await using source = await startHttpSource(
      inTurn(answer(302, { location: '/b' }), answer(302, { location: `${other.origin}/c` })),
    );
    await using opener = openerFor([source, other]);
    const opened = await opener.openNow(`http://alice:secret@127.0.0.1:${source.port}/a`);
    const authorizations = [...source.requests, ...other.requests].map(({ headers }) => headers.authorization);
    const basic = `Basic ${Buffer.from('alice:secret').toString('base64')}`;
    assert.deepEqual(authorizations, [basic, basic, undefined]);
    assert.equal(opened.description, `${source.origin}/a`);
  });

  it('back to the first origin via another one does not receive them again', async () => {
    await using other = await startHttpSource((_, response) => {
      response.writeHead(302, { location: `${source.origin}/back` }).end();
    });
    await using source = await startHttpSource(inTurn(answer(302, { location: other.origin }), serve(mp3)));
    await using opener = openerFor([source, other]);
    await opener.openNow(`http://alice:secret@127.0.0.1:${source.port}/a`);
    assert.equal(source.requests[1]?.url, '/back');
    assert.equal(source.requests[1]?.headers.authorization, undefined);
  });

  it('with credentials in the new URL does not receive those either', async () => {
    await using other = await startHttpSource(serve(mp3));
    await using source = await startHttpSource(answer(302, { location: `http://bob:pw@127.0.0.1:${other.port}/` }));
    await using opener = openerFor([source, other]);
    await opener.openNow(source.origin);
    assert.equal(other.requests[0]?.headers.authorization, undefined);
  });
});
