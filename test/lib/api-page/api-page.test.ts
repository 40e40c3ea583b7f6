import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createApiPage } from '#lib/api-page/api-page.ts';

const page = createApiPage({ title: 'A <service>', publicUrl: undefined });
const SWAGGER_UI = readFileSync(fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')));
/** Bytes of the largest file in Brotli. */
const LARGEST_BYTES = 450_000;

async function releaseOf({ page }: ReturnType<typeof createApiPage>): Promise<string> {
  const [, release = ''] = /docs\/assets\/([0-9a-f]{16})\//.exec((await page()).html) ?? [];
  return release;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('the page of the API', () => {
  it('runs no inline script, and loads nothing but its own files', async () => {
    const { html } = await page.page();
    assert.doesNotMatch(html, /<script(?![^>]* src=")|<style|\son\w+=|\sstyle=/);
    for (const [, url = ''] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
      assert.match(url, /^(docs\/assets\/[0-9a-f]{16}\/[\w.-]+|openapi\.(json|yaml)|data:,)$/);
    }
    assert.ok(html.includes('<title>A &#60;service&#62; API</title>'));
  });

  it('may send requests to its own origin, and to that of PUBLIC_URL', async () => {
    const policy = async (publicUrl: string | undefined) =>
      (await createApiPage({ title: 'a', publicUrl }).page()).policy;
    assert.match(await policy(undefined), /connect-src 'self';/);
    assert.match(await policy('https://audio.example.org/v1'), /connect-src 'self' https:\/\/audio\.example\.org;/);
    assert.doesNotMatch(await policy(undefined), /unsafe/);
  });

  it('has files whose URLs stay while their content does', async () => {
    const release = await releaseOf(page);
    assert.equal(await releaseOf(createApiPage({ title: 'b', publicUrl: undefined })), release);
    assert.equal(await page.asset({ release: '0'.repeat(16), file: 'start.js' }, undefined), undefined);
  });

  it('sends a file as Brotli, as gzip or as it is', async () => {
    const release = await releaseOf(page);
    const decoders = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };
    for (const [coding, decode] of Object.entries(decoders)) {
      const asset = (await page.asset({ release, file: 'swagger-ui.js' }, coding)) ?? assert.fail();
      const bytes = await buffer(asset.body);
      assert.equal(asset.coding ?? 'identity', coding);
      assert.equal(digest(decode(bytes)), digest(SWAGGER_UI));
      if (coding === 'br') assert.ok(bytes.length < LARGEST_BYTES, `${bytes.length} bytes`);
    }
  });

  it('has no other file', async () => {
    const release = await releaseOf(page);
    for (const file of ['package.json', '../../../package.json', '__proto__', '']) {
      assert.equal(await page.asset({ release, file }, 'br'), undefined, file);
    }
  });
});
