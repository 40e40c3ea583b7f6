import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { pcmSound, secondsOf } from '../../support/audio.ts';
import { call, type Fields, open, readAll, transcode } from '../../support/client.ts';
import { assertError } from '../../support/error-shape.ts';
import { serve } from '../../support/http-source.ts';
import { createMediaFolder, tone } from '../../support/media.ts';
import { host, MAX_BODY_BYTES, source, sourceOf } from './service.ts';

export function requests(): void {
  let flac: string;

  before(async () => {
    await using media = await createMediaFolder();
    flac = sourceOf(serve(await media.make('a.flac', tone(440, 2))));
  });

  const VALID = { source_url: 'http://127.0.0.1:1/a', output_format: 'opus' };

  describe('A request with', { concurrency: 4 }, () => {
    const refused: readonly (readonly [string, Fields, string, string, unknown])[] = [
      ['no source', { output_format: 'opus' }, 'VALIDATION_ERROR', 'source_url', undefined],
      ['no output format', { source_url: 'http://a/' }, 'VALIDATION_ERROR', 'output_format', undefined],
      ['an unknown output format', { ...VALID, output_format: 'mp3' }, 'VALIDATION_ERROR', 'output_format', 'mp3'],
      ['an unknown field', { ...VALID, colour: 'red' }, 'VALIDATION_ERROR', 'colour', 'red'],
      ['an unknown preset', { ...VALID, quality_preset: 'best' }, 'VALIDATION_ERROR', 'quality_preset', 'best'],
      ['a number for a bitrate', { ...VALID, bitrate: 96 }, 'VALIDATION_ERROR', 'bitrate', 96],
      ['too low a bitrate', { ...VALID, bitrate: '5k' }, 'VALIDATION_ERROR', 'bitrate', '5k'],
      ['too high a bitrate', { ...VALID, bitrate: '257k' }, 'VALIDATION_ERROR', 'bitrate', '257k'],
      ['a sample rate that Opus lacks', { ...VALID, sample_rate: 44_100 }, 'VALIDATION_ERROR', 'sample_rate', 44_100],
      ['an unknown sample rate', { ...VALID, sample_rate: 47_999 }, 'VALIDATION_ERROR', 'sample_rate', 47_999],
      ['six channels', { ...VALID, channels: 6 }, 'VALIDATION_ERROR', 'channels', 6],
      ['a negative start', { ...VALID, start_at: -1 }, 'VALIDATION_ERROR', 'start_at', -1],
      ['a duration of 0', { ...VALID, duration: 0 }, 'VALIDATION_ERROR', 'duration', 0],
      ['too high a speed', { ...VALID, filters: { speed: 10 } }, 'FILTER_INVALID', 'filters.speed', 10],
      ['too low a speed', { ...VALID, filters: { speed: 0.49 } }, 'FILTER_INVALID', 'filters.speed', 0.49],
      ['text for a speed', { ...VALID, filters: { speed: '1' } }, 'FILTER_INVALID', 'filters.speed', '1'],
      ['too high a pitch', { ...VALID, filters: { pitch: 12.1 } }, 'FILTER_INVALID', 'filters.pitch', 12.1],
      ['too loud a volume', { ...VALID, filters: { volume: 2.1 } }, 'FILTER_INVALID', 'filters.volume', 2.1],
      [
        'an unknown EQ preset',
        { ...VALID, filters: { eq_preset: 'loud' } },
        'FILTER_INVALID',
        'filters.eq_preset',
        'loud',
      ],
      ['an unknown filter', { ...VALID, filters: { echo: 1 } }, 'FILTER_INVALID', 'filters.echo', 1],
      [
        'nine bands',
        { ...VALID, filters: { equalizer: Array(9).fill(0) } },
        'FILTER_INVALID',
        'filters.equalizer',
        Array(9).fill(0),
      ],
      [
        'too high a band gain',
        { ...VALID, filters: { equalizer: [13, ...Array(9).fill(0)] } },
        'FILTER_INVALID',
        'filters.equalizer.0',
        13,
      ],
    ];
    for (const [what, body, code, field, value] of refused) {
      it(`${what} is ${code} of ${field}`, async () => {
        const found = await transcode(host, body);
        const details = { field, ...(value === undefined ? {} : { value }) };
        assertError(found, { status: 422, code, recoverable: false, details });
        assert.equal(found.json().details.errors[0].field, field);
      });
    }

    it('both equaliser and EQ preset is FILTER_INVALID', async () => {
      const filters = { eq_preset: 'voice', equalizer: Array(10).fill(0) };
      const details = { field: 'filters.equalizer' };
      assertError(await transcode(host, { ...VALID, filters }), { status: 422, code: 'FILTER_INVALID', details });
    });

    it('a bitrate for PCM, or more than an AAC frame can hold, is VALIDATION_ERROR', async () => {
      for (const fields of [
        { output_format: 'pcm', bitrate: '96k' },
        { output_format: 'aac', bitrate: '320k', sample_rate: 8_000 },
      ]) {
        const details = { field: 'bitrate' };
        assertError(await transcode(host, { ...VALID, ...fields }), { status: 422, code: 'VALIDATION_ERROR', details });
      }
    });

    it('several invalid fields names each of them', async () => {
      const body = { output_format: 'mp3', colour: 'red', channels: 3, filters: { speed: 9, pitch: 99 } };
      const found = await transcode(host, body);
      assertError(found, { status: 422, code: 'VALIDATION_ERROR' });
      const fields = found.json().details.errors.map(({ field }: { field: string }) => field);
      const wanted = ['channels', 'colour', 'filters.pitch', 'filters.speed', 'output_format', 'source_url'];
      assert.deepEqual(fields.toSorted(), wanted);
    });

    it('a body that is not JSON is INVALID_JSON', async () => {
      for (const body of ['{"source_url":', 'source_url=http://a/', 'null,', '']) {
        const found = await call(host, '/transcode', { method: 'POST', body });
        if (body === '') assert.ok([400, 422].includes(found.status));
        else assertError(found, { status: 400, code: 'INVALID_JSON', recoverable: false });
      }
    });

    it('JSON that is not an object is VALIDATION_ERROR', async () => {
      for (const body of ['null', '[]', '"a"', '1']) {
        const found = await call(host, '/transcode', { method: 'POST', body });
        assertError(found, { status: 422, code: 'VALIDATION_ERROR' });
      }
    });

    it('too large a body is PAYLOAD_TOO_LARGE', async () => {
      const body = JSON.stringify({ ...VALID, source_url: `http://a/${'a'.repeat(5_000)}` });
      const found = await call(host, '/transcode', { method: 'POST', body });
      assertError(found, { status: 413, code: 'PAYLOAD_TOO_LARGE', details: { limit_bytes: MAX_BODY_BYTES } });
    });
  });

  describe('GET /transcode', () => {
    const query = (fields: Record<string, string>) =>
      `/transcode?${new URLSearchParams({ source_url: flac, output_format: 'pcm', ...fields })}`;

    it('accepts the same fields as query parameters and returns the same bytes', async () => {
      const equalizer = [1, -2.5, 0, 0, 3, 0, 0, 0, -1, 12];
      const fields = { sample_rate: 16_000, channels: 1, start_at: 0.5, duration: 1 };
      const filters = { speed: 1.25, pitch: -3, volume: 0.5, equalizer };
      const posted = await transcode(host, { source_url: flac, output_format: 'pcm', ...fields, filters });
      const text = Object.entries({ ...fields, ...filters }).map(([name, value]) => [name, String(value)]);
      const got = await call(host, query(Object.fromEntries(text)));
      assert.ok(posted.complete && got.complete && posted.status === 200 && got.status === 200);
      assert.ok(got.body.equals(posted.body));
      assert.ok(Math.abs(secondsOf(pcmSound(got.body, got.headers['content-type'] ?? '')) - 0.8) < 0.05);
    });

    it('rejects what POST rejects', async () => {
      const refused = { status: 422, code: 'FILTER_INVALID' };
      assertError(await call(host, query({ speed: '10' })), {
        ...refused,
        details: { field: 'filters.speed', value: 10 },
      });
      assertError(await call(host, query({ equalizer: '1,2,3' })), {
        ...refused,
        details: { field: 'filters.equalizer' },
      });
      assertError(await call(host, query({ speed: 'fast' })), { ...refused, details: { field: 'filters.speed' } });
      assertError(await call(host, query({ colour: 'red' })), { status: 422, code: 'VALIDATION_ERROR' });
      assertError(await call(host, '/transcode'), { status: 422, code: 'VALIDATION_ERROR' });
    });
  });

  describe('The secrets of a source_url', () => {
    it('appear neither in a response nor in the log', async () => {
      const { port } = source;
      const tail = `:${port}/missing.mp3?X-Amz-Signature=hunter2&token=hunter3#hunter4`;
      for (const source_url of [
        `http://hunter0:hunter1@127.0.0.1${tail}`,
        `${flac.replace('//', '//hunter0:hunter1@')}?token=hunter3#hunter4`,
        `http://hunter0:hunter1@name.invalid/a?token=hunter3`,
        `ftp://hunter0:hunter1@127.0.0.1${tail}`,
        `http://hunter0:hunter1@`,
        `s3://secret/hunter0?token=hunter3`,
        `${'x'.repeat(8_200)}hunter0`,
      ]) {
        const found = await readAll(await open(host, '/transcode', { body: { source_url, output_format: 'opus' } }));
        const told = `${JSON.stringify(found.headers)}${found.status === 200 ? '' : found.body}`;
        assert.doesNotMatch(told, /hunter[1-4]/, source_url);
        const params = new URLSearchParams({ source_url, output_format: 'opus', colour: 'red' });
        const got = await call(host, `/transcode?${params}`);
        assert.doesNotMatch(got.body.toString(), /hunter[1-4]/, source_url);
      }
      assert.ok(host.log().length > 10);
      assert.doesNotMatch(host.printed(), /hunter[1-4]/);
    });
  });
}
