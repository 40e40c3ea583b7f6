import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { call } from '../../support/client.ts';
import { type Host, startHost } from '../../support/host.ts';
import { host as open } from './service.ts';

export function browserPages(): void {
  /** As Chromium opens a URL. */
  const OPENED = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' };

  let closed: Host;

  before(async () => {
    closed = await startHost({
      LOG_LEVEL: 'silent',
      AUTHENTICATION: 'required',
      JWT_SECRET: 'a secret that is long enough for HS256',
      PUBLIC_URL: 'https://audio.example.org/v1',
    });
  });
  after(() => closed[Symbol.asyncDispose]());

  describe('GET /', () => {
    for (const [client, headers] of Object.entries({ curl: { accept: '*/*' }, 'a browser': OPENED })) {
      it(`redirects ${client} to the API reference, by a relative URL`, async () => {
        for (const host of [open, closed]) {
          const found = await call(host, '/', { headers });
          assert.equal(found.status, 302);
          assert.equal(found.headers['location'], 'docs');
        }
      });
    }
  });

  describe('GET /docs', () => {
    it('needs no credentials, and neither do its files, which may be kept', async () => {
      for (const host of [open, closed]) {
        const page = await call(host, '/docs', { headers: OPENED });
        assert.equal(page.status, 200);
        assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; script-src 'self'; /);
        assert.equal(page.headers['x-content-type-options'], 'nosniff');
        const [path = ''] = /docs\/assets\/[^"]+\.js/.exec(page.body.toString()) ?? [];
        const file = await call(host, `/${path}`, { headers: { 'accept-encoding': 'br' } });
        assert.equal(file.status, 200);
        assert.equal(file.headers['content-encoding'], 'br');
        assert.match(file.headers['cache-control'] ?? '', /max-age=31536000, immutable/);
      }
    });

    it('with a slash at the end redirects to the page', async () => {
      const found = await call(open, '/docs/', { headers: OPENED });
      assert.equal(found.status, 302);
      assert.equal(found.headers['location'], '../docs');
    });

    it('may send requests to PUBLIC_URL', async () => {
      const { headers } = await call(closed, '/docs');
      assert.match(String(headers['content-security-policy']), /connect-src 'self' https:\/\/audio\.example\.org;/);
    });
  });

  describe('an error', () => {
    const cases: Readonly<Record<string, readonly [path: string, status: number, code: string]>> = {
      'for an unknown path': ['/no/such%3Cb%3Epath', 404, 'NOT_FOUND'],
      'for a file of an earlier release': ['/docs/assets/0000000000000000/start.js', 404, 'NOT_FOUND'],
      'for a query that is not valid': ['/transcode?speed=10', 422, 'VALIDATION_ERROR'],
      'for an unknown transcode': ['/transcodes/0198f3c2-6d1e-7a54-9c0b-2f6f1c1f7a10', 404, 'NOT_FOUND'],
    };
    for (const [what, [path, status, code]] of Object.entries(cases)) {
      it(`${what} is a page in a browser`, async () => {
        const found = await call(open, path, { headers: OPENED });
        assert.equal(found.status, status);
        assert.equal(found.headers['content-type'], 'text/html; charset=utf-8');
        assert.match(
          String(found.headers['content-security-policy']),
          /^default-src 'none'; style-src 'sha256-[^']+';/,
        );
        const html = found.body.toString();
        assert.match(html, new RegExp(`<h1>${status} .*<dd>${code}</dd>`, 's'));
        assert.ok(html.includes(String(found.headers['x-request-id'])));
        assert.ok(!html.includes('<b>'));
        const [, link = ''] = /<a href="([^"]+)"/.exec(html) ?? [];
        assert.equal(new URL(link, open.url + path).pathname, '/docs');
      });

      it(`${what} is JSON for every other client`, async () => {
        for (const accept of ['*/*', 'audio/*', 'application/json', 'application/json, text/html;q=0.9']) {
          const found = await call(open, path, { headers: { accept } });
          assert.equal(found.status, status);
          assert.equal(found.headers['content-type'], 'application/json');
          assert.equal(found.json().code, code);
        }
      });
    }

    it('of another method than GET is JSON', async () => {
      const found = await call(open, '/transcode', { method: 'POST', headers: OPENED, body: '{' });
      assert.equal(found.headers['content-type'], 'application/json');
    });

    it('for missing credentials keeps its status and challenge, and links to PUBLIC_URL', async () => {
      const found = await call(closed, '/transcodes', { headers: OPENED });
      assert.equal(found.status, 401);
      assert.match(String(found.headers['www-authenticate']), /^Bearer/);
      assert.ok(found.body.toString().includes('href="https://audio.example.org/v1/docs"'));
    });
  });
}
