import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { assertValidOpus, decode, OPUSINFO_MISSING, pcmSound, type Sound, secondsOf } from '../../support/audio.ts';
import { type Answer, type Fields, transcode } from '../../support/client.ts';
import { serve } from '../../support/http-source.ts';
import { createMediaFolder, type MediaFolder, SOURCE_KINDS, twoTones } from '../../support/media.ts';
import { opusPacket, parseAdts, parseOggOpus } from '../../support/packets.ts';
import { host, sourceOf } from './service.ts';

export function formats(): void {
  const SECONDS = 3;
  /** The URL of each source. */
  const urls = new Map<string, string>();
  const lengths = new Map<string, number>();
  const cleanUp = new AsyncDisposableStack();
  let media: MediaFolder;

  before(async () => {
    media = cleanUp.use(await createMediaFolder());
    for (const [file, content] of await media.makeAll(twoTones(SECONDS), Object.values(SOURCE_KINDS))) {
      urls.set(file, sourceOf(serve(content)));
      lengths.set(file, secondsOf(await decode(join(media.directory, file))));
    }
  });
  after(() => cleanUp.disposeAsync());

  type Output = {
    readonly contentType: string;
    /** The allowed difference in length, seconds: 50 ms, or two codec frames if those are longer. */
    readonly tolerance: number;
    readonly listen: (answer: Answer) => Sound | Promise<Sound>;
  };

  const OUTPUTS: Readonly<Record<'opus' | 'aac' | 'pcm', Output>> = {
    opus: { contentType: 'audio/ogg; codecs=opus', tolerance: 0.05, listen: ({ body }) => decode(body) },
    aac: { contentType: 'audio/aac', tolerance: 0.05, listen: ({ body }) => decode(body) },
    pcm: {
      contentType: 'audio/pcm; rate=48000; channels=2; encoding=s16le',
      tolerance: 0.05,
      listen: ({ body, headers }) => pcmSound(body, headers['content-type'] ?? ''),
    },
  };

  async function transcoded(file: string, fields: Fields): Promise<Answer> {
    const answer = await transcode(host, { source_url: urls.get(file), ...fields });
    assert.equal(answer.status, 200, answer.body.toString('latin1', 0, 500));
    assert.ok(answer.complete, 'the response was cut');
    return answer;
  }

  async function checkOpus(answer: Answer, name: string): Promise<void> {
    if (OPUSINFO_MISSING) return;
    const path = join(media.directory, name);
    await writeFile(path, answer.body);
    await assertValidOpus(path);
  }

  for (const [index, [kind, { file, format }]] of Object.entries(SOURCE_KINDS).entries()) {
    describe(kind, { concurrency: 2 }, () => {
      for (const [turn, [output_format, { contentType, tolerance, listen }]] of Object.entries(OUTPUTS).entries()) {
        // Each kind of source is played faster in one format, and each format plays three kinds faster.
        for (const speed of index % 3 === turn ? [1, 1.5] : [1]) {
          it(`becomes ${output_format} of the right length at speed ${speed}`, async () => {
            const answer = await transcoded(file, { output_format, filters: { speed } });
            assert.equal(answer.headers['x-source-format'], format);
            assert.equal(answer.headers['content-type'], contentType);
            const heard = await listen(answer);
            assert.deepEqual([heard.rate, heard.channels], [48_000, 2]);
            const wanted = (lengths.get(file) ?? 0) / speed;
            assert.ok(Math.abs(wanted - SECONDS / speed) < 0.1, `the source itself is ${wanted} s long`);
            const seconds = secondsOf(heard);
            assert.ok(Math.abs(seconds - wanted) <= tolerance, `${seconds} s instead of ${wanted} s`);
            if (output_format === 'opus') await checkOpus(answer, `${file}-${speed}.opus`);
          });
        }
      }
    });
  }

  describe('The lowlatency preset', () => {
    it('produces valid Opus with packets of 10 ms, all CELT', async () => {
      const answer = await transcoded('a.flac', { output_format: 'opus', quality_preset: 'lowlatency' });
      const { packets } = parseOggOpus(answer.body);
      assert.ok(packets.length >= SECONDS * 100);
      for (const packet of packets) assert.deepEqual(opusPacket(packet), { mode: 'celt', ms: 10 });
      await checkOpus(answer, 'lowlatency.opus');
    });

    it('is the only one: other presets produce packets of 20 ms', async () => {
      for (const quality_preset of ['standard', 'high']) {
        const { body } = await transcoded('a.flac', { output_format: 'opus', quality_preset });
        for (const packet of parseOggOpus(body).packets) assert.equal(opusPacket(packet).ms, 20);
      }
    });
  });

  describe('Sample rates and channels', { concurrency: 2 }, () => {
    for (const sample_rate of [8_000, 16_000, 24_000, 48_000]) {
      for (const channels of [1, 2]) {
        it(`Opus at ${sample_rate} Hz with ${channels} channel(s)`, async () => {
          const answer = await transcoded('a.flac', { output_format: 'opus', sample_rate, channels });
          const { inputRate, channels: found, samples } = parseOggOpus(answer.body);
          assert.deepEqual([inputRate, found], [sample_rate, channels]);
          assert.ok(Math.abs(samples / 48_000 - SECONDS) <= 0.05, `${samples / 48_000} s`);
          await checkOpus(answer, `${sample_rate}-${channels}.opus`);
        });
      }
    }

    for (const sample_rate of [8_000, 22_050, 44_100]) {
      for (const channels of [1, 2]) {
        it(`AAC at ${sample_rate} Hz with ${channels} channel(s)`, async () => {
          const answer = await transcoded('a.flac', { output_format: 'aac', sample_rate, channels });
          const adts = parseAdts(answer.body);
          assert.deepEqual([adts.rate, adts.channels], [sample_rate, channels]);
          const seconds = secondsOf(await decode(answer.body));
          assert.ok(Math.abs(seconds - SECONDS) <= Math.max(0.05, 2_048 / sample_rate), `${seconds} s`);
        });
      }
    }

    for (const sample_rate of [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]) {
      for (const channels of [1, 2]) {
        it(`PCM at ${sample_rate} Hz with ${channels} channel(s), to the sample`, async () => {
          const answer = await transcoded('a.flac', { output_format: 'pcm', sample_rate, channels });
          const sound = pcmSound(answer.body, answer.headers['content-type'] ?? '');
          assert.deepEqual([sound.rate, sound.channels], [sample_rate, channels]);
          const off = Math.abs(sound.samples.length / channels - SECONDS * sample_rate);
          assert.ok(off <= 1, `${off} samples off`);
        });
      }
    }
  });
}
