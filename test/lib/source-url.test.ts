import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { describeSource, parseSourceUrl } from '#lib/source-url.ts';

describe('the URL of a source', () => {
  it('may be http, https or s3', () => {
    const http = parseSourceUrl('http://media.example/a/b.mp3?c=d');
    assert.equal(http.kind === 'http' && http.url.href, 'http://media.example/a/b.mp3?c=d');
    assert.equal(parseSourceUrl('HTTPS://media.example/a').kind, 'http');
    assert.deepEqual(parseSourceUrl('s3://a-bucket/a/key.flac'), { kind: 's3', bucket: 'a-bucket', key: 'a/key.flac' });
  });

  const refused = {
    'a file': 'file:///etc/passwd',
    'a concat list': 'concat:http://a/1|http://a/2',
    'a data URL': 'data:audio/wav;base64,AAAA',
    'an ftp server': 'ftp://a/b',
    'a script': 'javascript:alert(1)',
    'a relative path': 'music/a.mp3',
    'a path': '/etc/passwd',
    'a scheme-relative URL': '//media.example/a',
    nothing: '',
    'no host': 'http://',
    'no host but a path': 'https:///?a',
    'a broken host': 'http://exa mple/',
    'a broken port': 'http://a:99999/',
    'userinfo that is not UTF-8': 'http://%ff:a@media.example/',
    's3 without bucket': 's3:///key',
    's3 without key': 's3://a-bucket',
    's3 with an empty key': 's3://a-bucket/',
    's3 with userinfo': 's3://id:secret@a-bucket/key',
    's3 with a short bucket': 's3://ab/key',
    's3 with a path out of the bucket': 's3://a-bucket/../other-bucket/key',
    's3 with a dot segment': 's3://a-bucket/a/./key',
    's3 with a lone surrogate': 's3://a-bucket/a\ud800b',
    's3 with a long key': `s3://a-bucket/${'k'.repeat(1025)}`,
    'an ffmpeg protocol': 'subfile,,start,0,end,0,,:/etc/passwd',
  };
  for (const [name, url] of Object.entries(refused)) {
    it(`must not be ${name}`, () => {
      assert.throws(() => parseSourceUrl(url), { code: 'INVALID_URL' });
    });
  }

  it('always has its host in canonical form', () => {
    const loopback = ['2130706433', '0x7f000001', '0177.0.0.1', '0x7f.1', '127.1', '127.0.0.1.', '①②⑦.0.0.1'];
    for (const host of loopback) {
      const source = parseSourceUrl(`http://${host}/`);
      assert.equal(source.kind === 'http' && source.url.hostname, '127.0.0.1', host);
    }
    const mapped = parseSourceUrl('http://[0:0:0:0:0:ffff:169.254.169.254]/');
    assert.equal(mapped.kind === 'http' && mapped.url.hostname, '[::ffff:a9fe:a9fe]');
  });

  it('turns userinfo into Basic authorization and removes it from the URL', () => {
    const source = parseSourceUrl('http://al%20ice:s%3Acret@media.example/a');
    assert.ok(source.kind === 'http');
    assert.equal(source.authorization, `Basic ${Buffer.from('al ice:s:cret').toString('base64')}`);
    assert.equal(source.url.href, 'http://media.example/a');
  });

  it('takes the key of an s3 source literally', () => {
    const source = parseSourceUrl('s3://a-bucket/100%20 a?b#c.mp3');
    assert.equal(source.kind === 's3' && source.key, '100%20 a?b#c.mp3');
  });

  it('is described without userinfo, query and fragment', () => {
    const secret = fc.stringMatching(/^[a-zA-Z0-9]{12,20}$/);
    fc.assert(
      fc.property(secret, secret, secret, secret, (user, password, query, fragment) => {
        const described = describeSource(
          parseSourceUrl(`https://${user}:${password}@media.example:8443/a.mp3?t=${query}#${fragment}`),
        );
        assert.equal(described, 'https://media.example:8443/a.mp3');
      }),
    );
    assert.equal(describeSource(parseSourceUrl('s3://a-bucket/k')), 's3://a-bucket/k');
  });

  it('is parsed, or refused with an INVALID_URL that does not repeat it, whatever the text', () => {
    const schemes = fc.constantFrom('', 'http:', 'http://', 's3://', 's3:', 'file://', 'data:', 'https://a:b@');
    fc.assert(
      fc.property(schemes, fc.string({ unit: 'binary' }), (scheme, rest) => {
        try {
          const source = parseSourceUrl(scheme + rest);
          assert.ok(source.kind === 's3' || ['http:', 'https:'].includes(source.url.protocol));
        } catch (error) {
          assert.ok(error instanceof AppError && error.code === 'INVALID_URL');
          assert.ok(rest.length < 12 || !JSON.stringify([error.message, error.details]).includes(rest));
        }
      }),
    );
  });
});
