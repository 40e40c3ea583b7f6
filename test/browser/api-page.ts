import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const LONGEST_MS = 120_000;
const BLOCKED = /Content Security Policy|Refused to/i;

/** The page in a browser, with what it did that it must not do. */
export type OpenPage = AsyncDisposable & {
  readonly page: Page;
  /** An operation, opened. */
  operation(method: string, path: string): Promise<Locator>;
  /** Rules of accessibility that are broken with a serious or critical impact, and where. */
  seriousViolations(): Promise<string[]>;
  /** URLs of requests to other origins. */
  readonly elsewhere: readonly string[];
  /** Errors of scripts, and what the Content-Security-Policy refused. */
  readonly errors: readonly string[];
};

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium() ?? assert.fail('no Chromium: npm run test:browser says what to install');
  // As root, Chromium runs without its sandbox only.
  const args = ['--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'];
  return await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? [...args, '--no-sandbox'] : args });
}

/** Opens the API reference and waits until it shows the operations. */
export async function openApiPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext(options);
  // With all operations open, a busy machine needs half a minute to draw the page.
  context.setDefaultTimeout(LONGEST_MS);
  const page = await context.newPage();
  const elsewhere: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) elsewhere.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (BLOCKED.test(message.text())) errors.push(message.text());
  });
  await page.goto(`${url}/docs`);
  await page.locator('.opblock').first().waitFor();
  return {
    page,
    elsewhere,
    errors,
    async operation(method, path) {
      const blocks = page.locator(`.opblock-${method}`);
      const block = blocks.filter({ has: page.locator(`.opblock-summary-path[data-path="${path}"]`) });
      const summary = block.locator('.opblock-summary-control');
      if ((await summary.getAttribute('aria-expanded')) === 'false') await summary.click();
      return block;
    },
    async seriousViolations() {
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate(
        // The page's own stylesheets are applied already; to load them again would need inline styles.
        "axe.run(document, { preload: false, resultTypes: ['violations'] })",
      )) as AxeResults;
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}
