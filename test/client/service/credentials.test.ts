import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { freePorts } from '../../support/free-ports.ts';
import { serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, noise } from '../../support/media.ts';
import { readAudio, testClient } from '../support/client.ts';

const SECRET = 'sk_secret\nb';

describe('a key or token that no header can carry', () => {
  for (const [name, credentials] of Object.entries({
    key: { apiKey: SECRET },
    token: { token: SECRET },
    'token that is fetched': { token: async () => SECRET },
  })) {
    it(`is rejected without being revealed (${name})`, async () => {
      const [port] = await freePorts(1);
      using client = testClient({ baseUrl: `http://127.0.0.1:${port}`, credentials });
      await assert.rejects(client.health(), (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'UNAUTHENTICATED');
        assert.equal(error.cause, undefined);
        assert.ok(!JSON.stringify([error.message, error.details]).includes('secret'));
        return true;
      });
    });
  }

  it('causes a fallback to the local ffmpeg', async () => {
    await using media = await createMediaFolder();
    const mp3 = await media.make('a.mp3', noise('pink', 1), ['-c:a', 'libmp3lame']);
    await using source = await startHttpSource(serve(mp3));
    const [port] = await freePorts(1);
    using client = testClient({ baseUrl: `http://127.0.0.1:${port}`, credentials: { token: SECRET } });
    const stream = await client.transcode({ source_url: source.origin, output_format: 'pcm' });
    assert.ok((await readAudio(stream)).bytes.length > 0.9 * 48_000 * 4);
    assert.equal(stream.via, 'fallback');
    assert.equal(client.warnings[0]?.['code'], 'UNAUTHENTICATED');
    assert.ok(!JSON.stringify(client.warnings).includes('secret'));
  });
});
