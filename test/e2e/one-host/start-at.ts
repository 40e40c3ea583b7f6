import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { decode, pcmSound, secondsOf } from '../../support/audio.ts';
import { type Answer, type Fields, transcode } from '../../support/client.ts';
import { serve } from '../../support/http-source.ts';
import { createMediaFolder, noise, SOURCE_KINDS } from '../../support/media.ts';
import { parseOggOpus } from '../../support/packets.ts';
import { host, sourceOf } from './service.ts';

export function startAt(): void {
  const SECONDS = 6;
  const CHANNELS = 2;
  /** The URL of each source. */
  const urls = new Map<string, string>();

  before(async () => {
    await using media = await createMediaFolder();
    for (const [file, content] of await media.makeAll(noise('pink', SECONDS, 44_100), Object.values(SOURCE_KINDS))) {
      urls.set(file, sourceOf(serve(content)));
    }
  });

  async function transcoded(file: string, fields: Fields): Promise<Answer> {
    const answer = await transcode(host, { source_url: urls.get(file), output_format: 'pcm', ...fields });
    assert.ok(answer.status === 200 && answer.complete, answer.body.toString('latin1', 0, 500));
    return answer;
  }

  async function samples(file: string, fields: Fields = {}): Promise<Int16Array> {
    const answer = await transcoded(file, fields);
    return pcmSound(answer.body, answer.headers['content-type'] ?? '').samples;
  }

  describe('start_at', { concurrency: 2 }, () => {
    for (const [kind, { file }] of Object.entries(SOURCE_KINDS)) {
      it(`continues ${kind} at the exact sample, so that two parts make the whole`, async () => {
        for (const [sample_rate, start_at] of [
          [48_000, 1.2345],
          [44_100, 2],
          [8_000, 0.00019],
        ] as const) {
          const whole = await samples(file, { sample_rate });
          const rest = await samples(file, { sample_rate, start_at });
          const first = Math.round(start_at * sample_rate) * CHANNELS;
          assert.equal(rest.length, whole.length - first);
          assert.deepEqual(rest, whole.subarray(first));
        }
      });
    }

    it('with duration returns exactly the samples between', async () => {
      const whole = await samples('a.mp3');
      for (const [start_at, duration] of [
        [0, 1.5],
        [1.2345, 0.5],
        [5.5, 3],
      ] as const) {
        const first = Math.round(start_at * 48_000) * CHANNELS;
        const end = Math.round((start_at + duration) * 48_000) * CHANNELS;
        assert.deepEqual(await samples('a.mp3', { start_at, duration }), whole.subarray(first, end));
      }
    });

    it('returns parts that add up to the source', async () => {
      const pieces = await Promise.all(
        [0, 1.1, 2.2, 3.3, 4.4].map((start_at) => samples('a.flac', { start_at, duration: 1.1 })),
      );
      const together = Int16Array.from(pieces.flatMap((piece) => [...piece]));
      const whole = await samples('a.flac');
      assert.deepEqual(together, whole.subarray(0, together.length));
    });

    it('after the end returns a response without sound', async () => {
      for (const output_format of ['pcm', 'aac']) {
        const { body } = await transcoded('a.mp3', { output_format, start_at: 60 });
        assert.equal(body.length, 0);
      }
      const opus = await transcoded('a.mp3', { output_format: 'opus', start_at: 60 });
      assert.ok(opus.body.length === 0 || parseOggOpus(opus.body).packets.length === 0);
    });
  });

  describe('duration', { concurrency: 2 }, () => {
    it('counts seconds of the source, so speed divides the length of the output', async () => {
      const heard = await samples('a.flac', { duration: 3, filters: { speed: 1.5 } });
      assert.ok(Math.abs(heard.length / CHANNELS / 48_000 - 2) <= 0.05);
    });

    it('ends Opus and AAC at that position', async () => {
      for (const output_format of ['opus', 'aac']) {
        const { body } = await transcoded('a.flac', { output_format, start_at: 1, duration: 2.5 });
        const seconds = secondsOf(await decode(body));
        assert.ok(Math.abs(seconds - 2.5) <= 0.05, `${output_format}: ${seconds} s`);
      }
    });

    it('closes the source once it has read enough', async () => {
      const heard = await samples('a.wav', { duration: 0.1 });
      assert.equal(heard.length, 4_800 * CHANNELS);
      assert.equal((await samples('a.wav', { duration: 0.000_02 })).length, CHANNELS);
    });
  });
}
