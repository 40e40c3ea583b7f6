import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { queryReader } from '#lib/http/query.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { acceptedRequests } from '../../support/transcode-requests.ts';

const requestOfQuery = queryReader(TRANSCODE_REQUEST);

describe('a request read from a query', () => {
  it('has numbers for number fields, and filters in their own object', () => {
    const query = {
      source_url: 'https://example.org/1.mp3',
      output_format: 'opus',
      bitrate: '96k',
      sample_rate: '16000',
      channels: '1',
      start_at: '1.5',
      duration: '.5',
      speed: '1.25',
      pitch: '-3',
      eq_preset: 'voice',
      volume: '+0.5',
    };
    assert.deepEqual(requestOfQuery(query), {
      source_url: 'https://example.org/1.mp3',
      output_format: 'opus',
      bitrate: '96k',
      sample_rate: 16_000,
      channels: 1,
      start_at: 1.5,
      duration: 0.5,
      filters: { speed: 1.25, pitch: -3, eq_preset: 'voice', volume: 0.5 },
    });
  });

  it('accepts filters with their prefix', () => {
    assert.deepEqual(requestOfQuery({ 'filters.speed': '2', 'filters.reverb': '1' }), {
      filters: { speed: 2, reverb: '1' },
    });
  });

  it('reads an equaliser as numbers separated by commas', () => {
    assert.deepEqual(requestOfQuery({ equalizer: '0,1,-2, 3.5 ,4,5,6,7,8,x' }), {
      filters: { equalizer: [0, 1, -2, 3.5, 4, 5, 6, 7, 8, 'x'] },
    });
  });

  it('leaves anything but a plain number as text, which the schema refuses', () => {
    for (const text of ['', ' ', '1e3', '0x10', 'NaN', 'Infinity', '1,5', '1.2.3', '--1']) {
      assert.deepEqual(requestOfQuery({ start_at: text }), { start_at: text });
    }
  });

  it('has no filters when the query has none', () => {
    assert.deepEqual(requestOfQuery({}), {});
    assert.deepEqual(requestOfQuery({ source_url: undefined }), { source_url: '' });
  });

  it('keeps a field with the name of a built-in property', () => {
    assert.equal(TRANSCODE_REQUEST.safeParse(requestOfQuery({ __proto__: '1', constructor: '1' })).success, false);
    assert.equal(({} as { speed?: number }).speed, undefined);
  });

  it('equals the request from the same JSON body', () => {
    const plain = (value: unknown): boolean => !String(value).includes('e-') && !String(value).includes('e+');
    fc.assert(
      fc.property(acceptedRequests({ maxSeconds: 1_000 }), (request) => {
        const { filters, ...fields } = request;
        const flat = Object.entries({ ...fields, ...filters }).filter(([, value]) => value !== undefined);
        fc.pre(flat.every(([, value]) => plain(value)));
        const query = Object.fromEntries(flat.map(([name, value]) => [name, String(value)]));
        assert.deepEqual(TRANSCODE_REQUEST.parse(requestOfQuery(query)), request);
      }),
    );
  });
});
