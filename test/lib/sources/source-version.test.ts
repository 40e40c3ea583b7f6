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
  it('depends on its address and its strong ETag', () => {
    const known = version(TAGGED);
    assert.match(known ?? '', /^[0-9a-f]{64}$/);
    assert.equal(version({ ...TAGGED, date: DATE }), known);
    assert.notEqual(version({ etag: '"b"' }), known);
    assert.notEqual(version(TAGGED, { source: 'https://a.example/a.mp3?c' }), known);
    assert.notEqual(version(TAGGED, { url: 'https://b.example/a.mp3' }), known, 'the response came from another URL');
    assert.notEqual(version(TAGGED, { source: 's3://bucket/a.mp3', url: 'https://a.example/' }), known);
  });

  it('is the same for an S3 object regardless of how its request was signed', () => {
    const source = 's3://bucket/a.mp3';
    assert.equal(
      version(TAGGED, { source, url: 'https://s3/?X-Amz-Signature=a' }),
      version(TAGGED, { source, url: 'https://s3/?X-Amz-Signature=b' }),
    );
  });

  it('is undefined with a weak ETag, without a validator, or with only a size', () => {
    for (const headers of [{ etag: 'W/"a"' }, {}, { 'content-length': '5', date: DATE }]) {
      assert.equal(version(headers), undefined);
    }
  });

  it('depends on its date and size once its date is reliable', () => {
    const dated = (lastModified: string, length = '5') =>
      version({ date: DATE, 'last-modified': lastModified, 'content-length': length });
    assert.notEqual(dated(LONG_AGO), undefined);
    assert.notEqual(dated(LONG_AGO), dated(LONG_AGO, '6'));
    assert.equal(dated(JUST_NOW), undefined);
    assert.equal(dated('yesterday'), undefined);
    assert.equal(version({ 'last-modified': LONG_AGO, 'content-length': '5' }), undefined);
    assert.equal(version({ 'last-modified': LONG_AGO, date: DATE }), undefined);
  });

  it('is undefined when the source may not be stored for all callers', () => {
    for (const control of ['no-store', 'private', 'max-age=60, NO-STORE', 'private="x"']) {
      assert.equal(version({ ...TAGGED, 'cache-control': control }), undefined, control);
    }
    assert.equal(version({ ...TAGGED, vary: 'Accept, *' }), undefined);
    assert.notEqual(version({ ...TAGGED, 'cache-control': 'no-cache, max-age=0' }), undefined);
    const source = 'https://me:secret@a.example/a.mp3';
    assert.equal(version(TAGGED, { source }), undefined, 'the request was authenticated');
    assert.notEqual(version({ ...TAGGED, 'cache-control': 'public' }, { source }), undefined);
  });
});
