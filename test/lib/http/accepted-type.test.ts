import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptedCoding, prefersHtml } from '#lib/http/accepted-type.ts';

describe('a client prefers HTML', () => {
  const cases: Readonly<Record<string, boolean>> = {
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8': true,
    'text/html': true,
    'TEXT/HTML; q=0.9, application/json; q=0.5': true,
    '*/*': false,
    '': false,
    'application/json': false,
    'application/json, text/html;q=0.9': false,
    'text/html, application/json': false,
    'text/html;q=0, */*': false,
    'text/*': false,
    'audio/webm,audio/ogg,audio/*;q=0.9,*/*;q=0.5': false,
  };
  for (const [accept, expected] of Object.entries(cases)) {
    it(`${expected ? 'with' : 'but not with'} Accept: ${accept}`, () => assert.equal(prefersHtml(accept), expected));
  }

  it('but not without the header', () => assert.equal(prefersHtml(undefined), false));
});

describe('the content coding', () => {
  const cases: Readonly<Record<string, 'br' | 'gzip' | undefined>> = {
    'gzip, deflate, br, zstd': 'br',
    'gzip, deflate': 'gzip',
    'br;q=0, gzip;q=0.5': 'gzip',
    '*': 'br',
    identity: undefined,
    '': undefined,
  };
  for (const [header, expected] of Object.entries(cases)) {
    it(`is ${expected ?? 'none'} with Accept-Encoding: ${header}`, () => {
      assert.equal(acceptedCoding(header, ['br', 'gzip']), expected);
    });
  }

  it('is none without the header', () => assert.equal(acceptedCoding(undefined, ['br', 'gzip']), undefined));
});
