import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Host, startHost } from '../support/host.ts';
import { JWT_SECRET, tokenOf } from '../support/jwt.ts';
import { newKey } from '../support/keys.ts';
import { startPostgres } from '../support/postgres.ts';
import { storeOf } from '../support/store.ts';
import { launchBrowser, type OpenPage, openApiPage } from './api-page.ts';

const cleanUp = new AsyncDisposableStack();
let browser: Browser;
let host: Host;

before(async () => {
  host = cleanUp.use(await startHost({ AUTHENTICATION: 'required', JWT_SECRET, LOG_LEVEL: 'silent' }));
  browser = await launchBrowser();
  cleanUp.defer(() => browser.close());
});
after(() => cleanUp.disposeAsync());

/** Everything that the browser keeps for the page's origin. */
const KEPT = `(async () => JSON.stringify([
  { ...localStorage }, { ...sessionStorage }, document.cookie, await indexedDB.databases(), await caches.keys(),
]))()`;

async function authorize(page: Page, scheme: 'bearer' | 'api_key', value: string): Promise<void> {
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  const form = page.locator('.auth-container', { hasText: scheme });
  await form.getByRole('textbox').fill(value);
  await form.getByRole('button', { name: 'Authorize' }).click();
  await form.getByRole('button', { name: 'Logout' }).waitFor();
  await page.locator('.close-modal').click();
}

/** Lists the transcodes from the page; returns the status and the headers that were sent. */
async function list({ page, operation }: OpenPage): Promise<{ status: number; sent: Record<string, string> }> {
  const block = await operation('get', '/transcodes');
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/transcodes');
  await block.getByRole('button', { name: 'Execute' }).click();
  const response = await answered;
  return { status: response.status(), sent: await response.request().allHeaders() };
}

describe('credentials on the API reference', () => {
  it('are needed for its requests, not for the page, and reach the service', async () => {
    await using api = await openApiPage(browser, host.url);
    assert.equal((await list(api)).status, 401);
    await authorize(api.page, 'bearer', await tokenOf());
    assert.equal((await list(api)).status, 200);
    assert.deepEqual(api.errors, []);
  });

  it('stay in memory: nothing is stored, and a reload forgets them', async () => {
    const token = await tokenOf();
    await using api = await openApiPage(browser, host.url);
    const before = await api.page.evaluate<string>(KEPT);
    await authorize(api.page, 'bearer', token);
    await authorize(api.page, 'api_key', 'ffk_0123456789abcdef_secret');
    const { sent } = await list(api);
    assert.equal(sent['authorization'], `Bearer ${token}`);
    assert.equal(await api.page.evaluate<string>(KEPT), before);
    assert.equal(before, '[{},{},"",[],[]]');
    assert.deepEqual(await api.page.context().cookies(), []);
    assert.ok(!api.page.url().includes(token));
    await api.page.reload();
    await api.page.locator('.opblock').first().waitFor();
    assert.equal((await list(api)).status, 401);
  });

  it('may be an API key', async () => {
    await using api = await openApiPage(browser, host.url);
    await authorize(api.page, 'api_key', 'ffk_0123456789abcdef_secret');
    assert.equal((await list(api)).sent['x-api-key'], 'ffk_0123456789abcdef_secret');
  });
});

describe('the token form', () => {
  it('exchanges an API key for a token that works on the page', async (test) => {
    const { url: DATABASE_URL } = await startPostgres(test);
    const key = await newKey(storeOf(test, DATABASE_URL), ['transcode']);
    await using own = await startHost({ AUTHENTICATION: 'required', JWT_SECRET, DATABASE_URL, LOG_LEVEL: 'silent' });
    await using api = await openApiPage(browser, own.url);
    const form = await api.operation('post', '/oauth/token');
    const sent = { grant_type: 'client_credentials', client_id: key.slice(4, 20), client_secret: key, scope: '' };
    for (const [name, value] of Object.entries(sent)) {
      await form.locator(`tr[data-property-name="${name}"] input[type="text"]`).fill(value);
    }
    const answered = api.page.waitForResponse((response) => response.url() === `${own.url}/oauth/token`);
    await form.getByRole('button', { name: 'Execute' }).click();
    const response = await answered;
    assert.equal(response.request().headers()['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(response.status(), 200);
    const { access_token: token } = (await response.json()) as { access_token: string };
    await authorize(api.page, 'bearer', token);
    assert.equal((await list(api)).status, 200);
    assert.deepEqual(api.errors, []);
  });
});

describe('an error for what is not a page', () => {
  it('is JSON for a request that accepts audio, such as that of a player', async () => {
    const page = await browser.newPage();
    await page.goto(`${host.url}/docs`);
    for (const path of ['/transcode?source_url=http://a.example/b', '/no/such/page']) {
      const [status, type] = await page.evaluate<[number, string]>(
        `fetch('${path}', { headers: { accept: 'audio/*' } }).then((r) => [r.status, r.headers.get('content-type')])`,
      );
      assert.ok(status === 401 || status === 404);
      assert.equal(type, 'application/json');
    }
    const asked = page.waitForResponse((response) => response.url().endsWith('/no/such/audio'));
    await page.evaluate("void (document.body.append(new Audio('/no/such/audio')))");
    assert.equal((await asked).headers()['content-type'], 'application/json');
    await page.close();
  });
});

describe('a path that does not exist', () => {
  it('is a readable page that leads to the API reference', async () => {
    const page = await browser.newPage();
    const response = await page.goto(`${host.url}/no/such/page`);
    assert.equal(response?.status(), 404);
    await page.getByRole('heading', { name: '404 not found' }).waitFor();
    assert.equal(await page.evaluate<string>("getComputedStyle(document.querySelector('dl')).display"), 'grid');
    await page.getByRole('link', { name: 'All requests of this service' }).click();
    await page.locator('.opblock').first().waitFor();
    assert.equal(page.url(), `${host.url}/docs`);
    await page.close();
  });

  it('is not the root, which leads to the API reference', async () => {
    const page = await browser.newPage();
    await page.goto(host.url);
    assert.equal(page.url(), `${host.url}/docs`);
    await page.close();
  });
});
