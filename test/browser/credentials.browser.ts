import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Host, startHost } from '../support/host.ts';
import { JWT_SECRET, tokenOf } from '../support/jwt.ts';
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

describe('a path that does not exist', () => {
  it('is a readable page that leads to the API reference', async () => {
    const page = await browser.newPage();
    const response = await page.goto(`${host.url}/no/such/page`);
    assert.equal(response?.status(), 404);
    await page.getByRole('heading', { name: '404 NOT_FOUND' }).waitFor();
    assert.equal(await page.evaluate<string>("getComputedStyle(document.querySelector('dl')).display"), 'grid');
    await page.getByRole('link', { name: 'API reference' }).click();
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
