import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { assertValidOpus, OPUSINFO_MISSING, pcmSound, secondsOf } from '../../support/audio.ts';
import { call, openTranscode, readAll, transcode } from '../../support/client.ts';
import { serve } from '../../support/http-source.ts';
import { createMediaFolder, tone } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { host, sourceOf } from './service.ts';

export function changingSources(): void {
  let changing: string;

  before(async () => {
    await using media = await createMediaFolder();
    const plain = ['-c:a', 'libmp3lame', '-write_xing', '0', '-id3v2_version', '0'];
    const stereo = await media.make('stereo.mp3', tone(440, 10), plain);
    const mono = await media.make('mono.mp3', tone(440, 10), [...plain, '-ac', '1', '-ar', '44100']);
    changing = sourceOf(serve(Buffer.concat([stereo, mono])));
  });

  describe('A source that changes its sample rate and channels after ten seconds', () => {
    for (const [name, fields, seconds] of [
      ['plays completely', {}, 20],
      ['is trimmed only at its beginning', { start_at: 5 }, 15],
      ['can be started after the change', { start_at: 12 }, 8],
      ['returns a part that spans the change', { start_at: 8, duration: 4 }, 4],
      ['is faster before and after the change', { filters: { speed: 2 } }, 10],
    ] as const) {
      it(name, async () => {
        const answer = await transcode(host, { source_url: changing, output_format: 'pcm', ...fields });
        assert.ok(answer.complete);
        const measured = secondsOf(pcmSound(answer.body, String(answer.headers['content-type'])));
        assert.ok(Math.abs(measured - seconds) < 0.1, `${measured} s instead of ${seconds} s`);
      });
    }

    for (const [name, fields] of [
      ['without filters', {}],
      ['faster', { filters: { speed: 2 } }],
      ['live, slowed down while it plays', { live: true, lead_seconds: 30, duration: 14 }],
    ] as const) {
      it(`is one continuous Opus stream: ${name}`, { skip: OPUSINFO_MISSING }, async () => {
        const response = await openTranscode(host, { source_url: changing, output_format: 'opus', ...fields });
        const id = response.headers['x-transcode-id'];
        if ('live' in fields) await call(host, `/transcodes/${id}/filters`, { method: 'PATCH', body: { speed: 0.5 } });
        const { body, complete } = await readAll(response);
        assert.ok(complete);
        using folder = scratchFolder();
        writeFileSync(folder.file('a.opus'), body);
        await assertValidOpus(folder.file('a.opus'));
      });
    }
  });
}
