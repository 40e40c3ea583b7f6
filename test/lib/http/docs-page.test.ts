import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openApiDocument } from '#lib/api/openapi.ts';
import { docsPage } from '#lib/http/docs-page.ts';

const document = openApiDocument('1.2.3');

describe('the page of the API', () => {
  it('shows every operation and every shape', () => {
    const page = docsPage(document);
    for (const [path, methods] of Object.entries(document.paths)) {
      assert.ok(page.includes(`<code>${path}</code>`), path);
      for (const { summary } of Object.values(methods)) assert.ok(page.includes(summary), summary);
    }
    for (const shape of ['TranscodeRequest', 'Health', 'Error']) assert.ok(page.includes(`id="${shape}"`));
    assert.match(page, /1\.2\.3/);
    assert.match(page, /0\.5 to 2 \(default 1\)/);
  });

  it('names the paths of the description for programs', () => {
    const page = docsPage(document, { alsoAt: ['/openapi.json', '/openapi.yaml'] });
    for (const path of ['/openapi.json', '/openapi.yaml']) assert.ok(page.includes(`href="${path}"`), path);
  });

  it('runs no script and loads nothing from elsewhere', () => {
    assert.doesNotMatch(docsPage(document), /<script|<link|<img|<iframe|\son\w+=|src=|url\(|@import/i);
  });

  it('shows text as text, whatever is in it', () => {
    const hostile = '<script>alert("1")</script>&amp;';
    const page = docsPage({
      ...document,
      info: { title: hostile, version: hostile, description: hostile },
      paths: {
        [`/${hostile}`]: {
          get: { summary: hostile, security: [], responses: { [hostile]: { description: hostile } } },
        },
      },
    });
    assert.doesNotMatch(page, /<script/);
    assert.ok(page.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;'));
  });
});
