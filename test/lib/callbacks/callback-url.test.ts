import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCallbackUrl } from '#lib/callbacks/callback-url.ts';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';

function check(url: string, allowedNetworks: readonly string[] = []): string {
  const policies = {
    https: createAddressPolicy({ kind: 'CALLBACK', allowedNetworks }),
    http: createAddressPolicy({ kind: 'CALLBACK', allowedNetworks, onlyListed: true }),
    hasListed: allowedNetworks.length > 0,
  };
  return checkCallbackUrl(url, policies, 'callback_url').href;
}

describe('the URL of a callback', () => {
  it('may be https on port 443 of a public server', () => {
    assert.equal(check('https://hooks.example/a?b=c'), 'https://hooks.example/a?b=c');
    assert.equal(check('https://1.1.1.1:443/'), 'https://1.1.1.1/');
    assert.equal(check('https://hooks.example/a#b'), 'https://hooks.example/a');
  });

  it('is invalid when it is no such URL, has credentials or is very long', () => {
    for (const url of ['', 'hooks.example', '/a', 'ftp://hooks.example/', 's3://bucket/key', 'javascript:1']) {
      assert.throws(
        () => check(url),
        {
          code: 'VALIDATION_ERROR',
          details: {
            field: 'callback_url',
            errors: [{ field: 'callback_url', message: 'callback_url must be a URL that starts with https://' }],
          },
        },
        url,
      );
    }
    for (const url of ['https://user:hidden@hooks.example/', `https://hooks.example/${'a'.repeat(2_048)}`]) {
      assert.throws(
        () => check(url),
        (error: Error & { code: string }) =>
          error.code === 'VALIDATION_ERROR' && !JSON.stringify(error).includes('hidden'),
      );
    }
  });

  it('is forbidden when no connection may be made, which needs no lookup', () => {
    for (const url of [
      'http://hooks.example/',
      'https://hooks.example:8443/',
      'http://1.1.1.1/',
      'http://1.1.1.1:443/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://[::ffff:127.0.0.1]/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/',
    ]) {
      assert.throws(() => check(url), { code: 'SOURCE_FORBIDDEN', details: { field: 'callback_url' } }, url);
    }
  });

  it('may be in a listed network, also by http and on another port', () => {
    const listed = ['127.0.0.1/32:9000', '10.0.0.0/8'];
    for (const url of [
      'http://127.0.0.1:9000/',
      'http://10.1.2.3/',
      'https://10.1.2.3:8443/',
      'http://hooks.example/',
    ]) {
      assert.equal(check(url, listed), url);
    }
    for (const url of ['http://127.0.0.1:9001/', 'http://1.1.1.1/', 'http://1.1.1.1:443/', 'https://1.1.1.1:8443/']) {
      assert.throws(() => check(url, listed), { code: 'SOURCE_FORBIDDEN' }, url);
    }
  });
});
