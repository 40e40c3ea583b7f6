import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { escapeHtml, pagePolicy, relativeUrl } from '#lib/http/html-page.ts';

describe('text in a page', () => {
  it('has no character that means something in HTML', () => {
    fc.assert(fc.property(fc.string(), (text) => assert.doesNotMatch(escapeHtml(text), /[<>"']|&(?!#\d+;)/)));
  });
});

describe('the policy of a page', () => {
  it('allows nothing but the named sources', () => {
    assert.equal(
      pagePolicy({ script: "'self'" }),
      "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });
});

describe('a relative URL', () => {
  it('leads to the path from wherever it is used, also behind a prefix', () => {
    const paths = fc.array(fc.stringMatching(/^[a-z0-9.]{1,8}$/).filter((part) => !/^\.+$/.test(part)));
    fc.assert(
      fc.property(paths, fc.boolean(), (parts, isFolder) => {
        const path = `/${parts.join('/')}${isFolder && parts.length > 0 ? '/' : ''}`;
        for (const prefix of ['', '/prefix']) {
          const base = new URL(`http://a${prefix}${path}`);
          assert.equal(new URL(relativeUrl(path, '/docs'), base).pathname, `${prefix}/docs`);
        }
      }),
    );
  });
});
