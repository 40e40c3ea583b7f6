import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { before, describe, it } from 'node:test';
import { decode } from '../../support/audio.ts';
import { openTranscode, readAll } from '../../support/client.ts';
import { serve } from '../../support/http-source.ts';
import { createMediaFolder, MUSIC_FILE } from '../../support/media.ts';
import { parseOggOpus } from '../../support/packets.ts';
import { host, sourceOf } from './service.ts';

export function passthrough(): void {
  let opus: Buffer;

  before(async () => {
    await using media = await createMediaFolder();
    const options = ['-t', '20', '-c:a', 'libopus', '-b:a', '96k', '-vbr', 'constrained'];
    opus = await media.make('a.opus', { file: MUSIC_FILE }, options);
  });

  async function heard(listener: RequestListener, fields: Readonly<Record<string, unknown>> = {}) {
    const response = await openTranscode(host, { source_url: sourceOf(listener), output_format: 'opus', ...fields });
    return await readAll(response);
  }

  describe('a source that already has the requested format', () => {
    it('is copied packet by packet', async () => {
      const { status, body, headers } = await heard(serve(opus));
      assert.deepEqual([status, headers['content-type']], [200, 'audio/ogg; codecs=opus']);
      assert.equal(headers['x-source-format'], 'ogg/opus');
      assert.deepEqual(parseOggOpus(body).packets, parseOggOpus(opus).packets);
      assert.deepEqual(await decode(body), await decode(opus));
    });

    it('is copied completely when its connection fails midway', async () => {
      const { body } = await heard(serve(opus, { breakAfter: [120_000] }));
      assert.deepEqual(parseOggOpus(body).packets, parseOggOpus(opus).packets);
    });

    it('is encoded when the request also has filters', async () => {
      const { body } = await heard(serve(opus), { filters: { volume: 0.5 } });
      assert.notDeepEqual(parseOggOpus(body).packets, parseOggOpus(opus).packets);
      assert.equal(parseOggOpus(body).samples, parseOggOpus(opus).samples);
    });
  });
}
