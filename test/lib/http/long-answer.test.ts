import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { longTextAnswer, MAX_PLAIN_BYTES } from '#lib/http/long-answer.ts';

const contentType = 'application/vnd.apple.mpegurl';
const PART = `#EXTINF:4,\n#EXT-X-BYTERANGE:1@0\nhttps://bucket.example/720p.mp4?${'x'.repeat(1_500)}\n`.repeat(100);
const FOUR_HOURS = Array<string>(36).fill(PART);

describe('the answer for a long text', () => {
  it('is compressed for a client that accepts gzip, to less than a fiftieth of a playlist with signed URLs', async () => {
    const { statusCode, headers, body, isBase64Encoded } = await longTextAnswer(
      { parts: FOUR_HOURS, contentType },
      'br, gzip',
    );
    assert.deepEqual([statusCode, isBase64Encoded], [200, true]);
    assert.deepEqual(headers, {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      Vary: 'Accept-Encoding',
      'Content-Encoding': 'gzip',
    });
    const text = FOUR_HOURS.join('');
    assert.equal(gunzipSync(Buffer.from(String(body), 'base64')).toString(), text);
    assert.ok(String(body).length < text.length / 50);
  });

  it('is plain text for any other client', async () => {
    for (const accepted of [undefined, 'identity', 'gzip;q=0']) {
      const answer = await longTextAnswer({ parts: ['#EXTM3U\n', 'ü\n'], contentType }, accepted);
      assert.deepEqual(answer, {
        statusCode: 200,
        headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store', Vary: 'Accept-Encoding' },
        body: '#EXTM3U\nü\n',
      });
    }
  });

  it('is an error that names gzip when the text is longer than the platform returns', async () => {
    const parts = ['a'.repeat(MAX_PLAIN_BYTES - 1), 'ü'];
    await assert.rejects(longTextAnswer({ parts, contentType }, undefined), {
      code: 'LIMIT_EXCEEDED',
      details: { limit: 'response_bytes', value: MAX_PLAIN_BYTES + 1, max: MAX_PLAIN_BYTES },
      message: /Accept-Encoding: gzip/,
    });
    const { body } = await longTextAnswer({ parts, contentType }, 'gzip');
    assert.equal(gunzipSync(Buffer.from(String(body), 'base64')).toString(), parts.join(''));
    assert.equal((await longTextAnswer({ parts: parts.slice(0, 1), contentType }, undefined)).body, parts[0]);
  });

  it('fails as its parts do', async () => {
    async function* parts() {
      yield PART;
      throw new Error('no such file');
    }
    for (const accepted of ['gzip', undefined]) {
      await assert.rejects(longTextAnswer({ parts: parts(), contentType }, accepted), /no such file/);
    }
  });

  for (const accepted of ['gzip', undefined]) {
    it(`lets other requests run between its parts, with ${accepted ?? 'no'} compression`, async () => {
      let turn = 0;
      let isMade = false;
      (function next() {
        turn += 1;
        if (!isMade) setImmediate(next);
      })();
      const made: number[] = [];
      async function* parts() {
        for (const part of FOUR_HOURS) {
          made.push(turn);
          yield part;
        }
      }
      await longTextAnswer({ parts: parts(), contentType }, accepted);
      isMade = true;
      const together = made.map((at) => made.filter((other) => other === at).length);
      // A stream reads one part ahead.
      assert.ok(Math.max(...together) <= 3, `${made}`);
    });
  }
});
