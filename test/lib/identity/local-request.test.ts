import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foreignHeader } from '#lib/identity/local-request.ts';

const NAMES = { hosts: ['media.example', 'mybox'], origins: ['*', 'http://localhost:3000'] };
const HOST = '127.0.0.1:8090';

function foreign(headers: Readonly<Record<string, string>>, mayBeLink = false) {
  return foreignHeader({ headers: { host: HOST, ...headers }, mayBeLink }, NAMES);
}

describe('an open service answers', () => {
  it('programs that call it by a name of loopback or its own', () => {
    const loopback = ['127.0.0.1', '127.0.0.1:1', '127.9.9.9:80', '[::1]', '[::1]:8090', 'localhost', 'LOCALHOST:8090'];
    for (const host of [...loopback, '[::ffff:127.0.0.1]:80', 'media.example', 'Media.Example:443', 'mybox:8090']) {
      assert.equal(foreign({ host }), undefined, host);
    }
    assert.equal(foreignHeader({ headers: {}, mayBeLink: false }, NAMES), undefined, 'HTTP/1.0');
  });

  it('its own pages, the pages that it names, and a URL that the user typed', () => {
    assert.equal(foreign({ origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' }), undefined);
    assert.equal(foreign({ host: 'media.example', origin: 'https://media.example' }), undefined);
    assert.equal(foreign({ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }), undefined);
    assert.equal(foreign({ 'sec-fetch-site': 'same-origin' }), undefined);
    assert.equal(foreign({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }), undefined);
  });

  it('a link from another site, where a link shows a page', () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    assert.equal(foreign(link, true), undefined);
    assert.equal(foreign(link, false), 'Sec-Fetch-Site');
    assert.equal(foreign({ ...link, 'sec-fetch-mode': 'no-cors' }, true), 'Sec-Fetch-Site');
  });
});

describe('an open service does not answer', () => {
  it('a request under a name that is not its own', () => {
    for (const host of [
      'evil.example',
      'evil.example:8090',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '192.0.2.1',
      '10.0.0.1:8090',
      '[2001:db8::1]',
      '0.0.0.0:8090',
      '2130706433',
      '127.1',
      '0x7f.0.0.1',
      '127.0.0.1:8090,evil.example',
      '127.0.0.1@evil.example',
      '',
    ]) {
      assert.equal(foreign({ host }), 'Host', host);
    }
  });

  it('the pages of other origins', () => {
    for (const origin of [
      'https://evil.example',
      'null',
      '*',
      '',
      'http://127.0.0.1:1',
      `http://${HOST}.evil.example`,
    ]) {
      assert.equal(foreign({ origin }), 'Origin', origin);
      assert.equal(foreign({ origin }, true), 'Origin', origin);
    }
    for (const site of ['cross-site', 'same-site']) assert.equal(foreign({ 'sec-fetch-site': site }), 'Sec-Fetch-Site');
  });
});
