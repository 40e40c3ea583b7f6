import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSourceUrl } from '#lib/source-url.ts';
import { sourceVersion } from '#lib/sources/source-version.ts';

const DATE = 'Sat, 21 Nov 2026 12:00:00 GMT';
const LONG_AGO = 'Sat, 21 Nov 2026 11:59:00 GMT';
const JUST_NOW = 'Sat, 21 Nov 2026 11:59:59 GMT';
const TAGGED = { etag: '"a"' };

type Answered = Readonly<Record<string, string>>;

type Address = { readonly source?: string; readonly url?: string };

function version(headers: Answered, { source = 'https://a.example/a.mp3?b', url }: Address = {}): string | undefined {
  return sourceVersion(parseSourceUrl(source), { url: new URL(url ?? source), headers });
}

describe('the version of a source', () => {
  it('is its address and its strong ETag', () => {
    const known = version(TAGGED);
    assert.match(known ?? '', /^[0-9a-f]{64}$/);
    assert.equal(version({ ...TAGGED, date: DATE }), known);
    assert.notEqual(version({ etag: '"b"' }), known);
    assert.notEqual(version(TAGGED, { source: 'https://a.example/a.mp3?c' }), known);
    assert.notEqual(version(TAGGED, { url: 'https://b.example/a.mp3' }), known, 'it came from elsewhere');
    assert.notEqual(version(TAGGED, { source: 's3://bucket/a.mp3', url: 'https://a.example/' }), known);
  });

  it('is the same for an S3 object, however its request was signed', () => {
    const source = 's3://bucket/a.mp3';
    assert.equal(
      version(TAGGED, { source, url: 'https://s3/?X-Amz-Signature=a' }),
      version(TAGGED, { source, url: 'https://s3/?X-Amz-Signature=b' }),
    );
  });

  it('is not known by a weak ETag, by nothing, or by its size alone', () => {
    for (const headers of [{ etag: 'W/"a"' }, {}, { 'content-length': '5', date: DATE }]) {
      assert.equal(version(headers), undefined);
    }
  });

  it('is known by its date and size, once its date is sure', () => {
    const dated = (lastModified: string, length = '5') =>
      version({ date: DATE, 'last-modified': lastModified, 'content-length': length });
    assert.notEqual(dated(LONG_AGO), undefined);
    assert.notEqual(dated(LONG_AGO), dated(LONG_AGO, '6'));
    assert.equal(dated(JUST_NOW), undefined);
    assert.equal(dated('yesterday'), undefined);
    assert.equal(version({ 'last-modified': LONG_AGO, 'content-length': '5' }), undefined);
    assert.equal(version({ 'last-modified': LONG_AGO, date: DATE }), undefined);
  });

  it('is nobody’s where the source may not be kept for all', () => {
    for (const control of ['no-store', 'private', 'max-age=60, NO-STORE', 'private="x"']) {
      assert.equal(version({ ...TAGGED, 'cache-control': control }), undefined, control);
    }
    assert.equal(version({ ...TAGGED, vary: 'Accept, *' }), undefined);
    assert.notEqual(version({ ...TAGGED, 'cache-control': 'no-cache, max-age=0' }), undefined);
    const source = 'https://me:secret@a.example/a.mp3';
    assert.equal(version(TAGGED, { source }), undefined, 'it was given to one who proved who he is');
    assert.notEqual(version({ ...TAGGED, 'cache-control': 'public' }, { source }), undefined);
  });
});
