import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions, Locator } from 'playwright-core';
import type { ApiDocument } from '#lib/http/openapi.ts';
import { type System, startSystem } from '../../local/system.ts';
import { eventually } from '../support/eventually.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { launchBrowser, openApiPage } from './api-page.ts';

const cleanUp = new AsyncDisposableStack();
let browser: Browser;
let system: System;
let operations: { method: string; path: string; tag: string }[];

before(async () => {
  const scratch = cleanUp.use(scratchFolder());
  const environment = {
    ...process.env,
    DATA_DIR: scratch.file('data'),
    PORT: '0',
    S3_PORT: '0',
    PGPORT: '0',
    LOG_LEVEL: 'silent',
    S3_ENDPOINT: '',
    DATABASE_URL: '',
    SHUTDOWN_GRACE_SECONDS: '0',
  };
  system = await startSystem({ environment, report: () => undefined });
  cleanUp.defer(async () => void (await system.stop()));
  browser = await launchBrowser();
  cleanUp.defer(() => browser.close());
  const { paths } = (await (await fetch(`${system.url}/openapi.json`)).json()) as Pick<ApiDocument, 'paths'>;
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { tags }]) => ({ method, path, tag: tags[0] ?? '' })),
  );
});
after(() => cleanUp.disposeAsync());

const DEVICES: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

/** What a test needs of an audio element. */
type Player = {
  readonly duration: number;
  readonly error: { readonly message: string } | null;
  play(): Promise<void>;
  pause(): void;
  addEventListener(type: 'timeupdate', listener: () => void, options: { readonly once: true }): void;
};

/** Plays until the position moves; runs in the page. */
async function play(element: unknown): Promise<{ duration: number; error: string | undefined }> {
  const player = element as Player;
  const moved = new Promise<void>((resolve) => player.addEventListener('timeupdate', resolve, { once: true }));
  await player.play();
  await moved;
  player.pause();
  return { duration: player.duration, error: player.error?.message };
}

const OPEN_ALL = `document.querySelectorAll('.opblock-summary-control[aria-expanded="false"]').forEach((button) => {
  button.click();
})`;

/** Waits until the player is in the viewport. A string that `waitForFunction` polls would need `unsafe-eval`. */
const IN_VIEW = `new Promise((resolve) => {
  new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) resolve();
  }).observe(document.querySelector('audio'));
})`;

const EXCESS = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

const RECORD_SCROLLING = `(() => {
  const scroll = Element.prototype.scrollIntoView;
  Element.prototype.scrollIntoView = function (options) {
    if (options?.behavior !== undefined) globalThis.lastScroll = options.behavior;
    return scroll.call(this, options);
  };
})()`;

/** The number of elements with a transition or an animation. */
const MOVING = `[...document.querySelectorAll('*')].filter((element) => {
  const { animationName, transitionDuration } = getComputedStyle(element);
  return animationName !== 'none' || /[1-9]/.test(transitionDuration);
}).length`;

/** Sends the example of an operation; returns the status of the response. */
async function execute(operation: Locator): Promise<number> {
  const clear = operation.getByRole('button', { name: 'Clear' });
  if ((await clear.count()) > 0) await clear.click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const status = operation.locator('.live-responses-table .response-col_status').last();
  await status.waitFor();
  return Number.parseInt((await status.textContent()) ?? '', 10);
}

describe('the API reference', () => {
  it('lists every operation, in its group', async () => {
    await using api = await openApiPage(browser, system.url);
    assert.equal(await api.page.locator('.opblock').count(), operations.length);
    assert.equal(await api.page.locator('nav li').count(), operations.length);
    for (const { method, path, tag } of operations) {
      const group = api.page.locator('nav section', { has: api.page.getByRole('link', { name: tag, exact: true }) });
      await group.getByRole('link', { name: `${method.toUpperCase()} ${path}`, exact: true }).waitFor();
    }
    const groups = await api.page.locator('nav .navigation-group').allTextContents();
    assert.deepEqual(groups, [
      'Transcode',
      'Transcodes',
      'Video jobs',
      'Uploads',
      'Callbacks',
      'Identity',
      'Health and metrics',
      'API description',
    ]);
  });

  const OPENED = '.opblock-get.is-open .opblock-summary-path[data-path="/health/ready"]';

  it('opens the operation that is chosen in the navigation, on a phone too, and by its link', async () => {
    for (const [device, options] of Object.entries(DEVICES)) {
      await using api = await openApiPage(browser, system.url, options);
      const { page } = api;
      if (device === 'phone') await page.getByRole('button', { name: 'Menu' }).click();
      await page.getByRole('link', { name: 'GET /health/ready', exact: true }).click();
      await page.locator(OPENED).waitFor();
      await eventually(async () => assert.ok((await page.evaluate<number>('scrollY')) > 0));
      await using linked = await openApiPage(browser, system.url, options);
      await linked.page.goto(page.url());
      await linked.page.reload();
      await linked.page.locator(OPENED).waitFor();
    }
  });

  it('shows the operations that a search finds', async () => {
    await using api = await openApiPage(browser, system.url);
    const search = api.page.getByRole('searchbox', { name: 'Search operations' });
    for (const [text, count] of Object.entries({
      '/api/uploads': 3,
      'delete keys': 1,
      prometheus: 1,
      eq_preset: 5,
      nothing: 0,
    })) {
      await search.fill(text);
      await eventually(async () => {
        assert.equal(await api.page.locator('nav li').count(), count, text);
        assert.equal(await api.page.locator('.opblock').count(), count, text);
      });
    }
    await api.page.getByText('No operation matches.').waitFor();
    await search.fill('upload_id');
    await api.page.locator('nav').getByText('Complete an upload in parts').waitFor();
    await search.fill('nothing');
    assert.equal(await api.page.getByText('No operations defined in spec!').isVisible(), false);
    await search.fill('delete keys');
    await search.press('Enter');
    await api.page.locator('.opblock-delete.is-open').waitFor();
    assert.equal(await search.inputValue(), '');
  });

  it('follows the colour scheme of the system', async () => {
    await using api = await openApiPage(browser, system.url, { colorScheme: 'dark' });
    const brightness = async () => {
      const colour = await api.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      return Number(/\d+/.exec(colour)?.[0]);
    };
    assert.ok((await brightness()) < 64);
    await api.page.emulateMedia({ colorScheme: 'light' });
    await api.page.locator('html:not(.dark-mode)').waitFor({ state: 'attached' });
    assert.ok((await brightness()) > 192);
  });

  for (const [device, options] of Object.entries(DEVICES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`has no serious accessibility problem on a ${device}, ${colorScheme}, and does not scroll sideways`, async () => {
        await using api = await openApiPage(browser, system.url, { ...options, colorScheme });
        assert.deepEqual(await api.seriousViolations(), []);
        await api.page.evaluate(OPEN_ALL);
        await execute(await api.operation('get', '/health'));
        const transcode = await api.operation('post', '/transcode');
        await execute(transcode);
        await transcode.locator('audio').waitFor();
        await api.page.evaluate(IN_VIEW);
        assert.deepEqual(await api.seriousViolations(), []);
        assert.equal(await api.page.evaluate<number>(EXCESS), 0);
        await api.page.getByRole('button', { name: 'Authorize' }).first().click();
        await api.page.getByRole('heading', { name: 'Available authorizations' }).waitFor();
        assert.deepEqual(await api.seriousViolations(), []);
        assert.deepEqual(api.errors, []);
        assert.deepEqual(api.elsewhere, []);
      });
    }
  }

  it('fits a narrow phone: headers and details are below their names', async () => {
    await using api = await openApiPage(browser, system.url, { viewport: { width: 320, height: 700 }, isMobile: true });
    const transcode = await api.operation('post', '/transcode');
    await execute(transcode);
    await transcode.locator('audio').waitFor();
    for (const table of ['.live-responses-table', 'table.headers']) {
      const row = transcode.locator(`${table} tbody tr`).first();
      // The player takes its place while the page is measured, and moves what is below it.
      await eventually(async () => {
        const [first, second] = await Promise.all([0, 1].map((index) => row.locator('> td').nth(index).boundingBox()));
        assert.ok((second?.y ?? 0) >= (first?.y ?? 0) + (first?.height ?? Number.POSITIVE_INFINITY), table);
      });
    }
    assert.equal(await api.page.evaluate<number>(EXCESS), 0);
  });

  it('moves at once for a reader who prefers reduced motion', async () => {
    for (const [reducedMotion, behavior] of [
      ['reduce', 'auto'],
      ['no-preference', 'smooth'],
    ] as const) {
      await using api = await openApiPage(browser, system.url, { reducedMotion });
      await api.page.evaluate(RECORD_SCROLLING);
      const operation = await api.operation('get', '/health/live');
      await execute(operation);
      await eventually(async () => assert.equal(await api.page.evaluate('globalThis.lastScroll'), behavior));
      const moving = await api.page.evaluate<number>(MOVING);
      assert.equal(moving === 0, reducedMotion === 'reduce', `${moving} elements have a transition`);
    }
  });

  it('shows the headers of a response on request, and fills in the id of the transcode', async () => {
    await using api = await openApiPage(browser, system.url);
    const transcode = await api.operation('post', '/transcode');
    assert.equal(await execute(transcode), 200);
    const header = transcode.locator('.response-headers pre');
    assert.equal(await header.isVisible(), false);
    assert.equal(await transcode.locator('.headerline').first().isVisible(), false);
    await transcode.getByText(/^Response headers \(/).click();
    const [, id = ''] = /x-transcode-id: (\S+)/.exec((await header.textContent()) ?? '') ?? [];
    const get = await api.operation('get', '/transcodes/{id}');
    assert.equal(await get.getByRole('textbox', { name: 'id' }).inputValue(), id);
    assert.equal(await execute(get), 200);
    assert.match((await transcode.locator('.curl').textContent()) ?? '', /-o.*audio\.opus/);
  });

  it('has no server to choose and no locks', async () => {
    await using api = await openApiPage(browser, system.url);
    assert.equal(await api.page.locator('#servers, .authorization__btn, .btn.authorize svg').count(), 0);
  });

  it('sends an example of every operation that the service accepts', async () => {
    await using api = await openApiPage(browser, system.url);
    for (const { method, path } of operations) {
      const operation = await api.operation(method, path);
      const status = await execute(operation);
      assert.ok(status >= 200 && status !== 400 && status !== 422, `${method} ${path}: ${status}`);
    }
  });

  it('plays the Opus and the AAC of its examples, and offers every format as a file', async () => {
    await using api = await openApiPage(browser, system.url);
    const sent: string[] = [];
    api.page.on('request', (request) => sent.push(request.url()));
    const operation = await api.operation('post', '/transcode');
    const example = operation.getByRole('combobox', { name: 'Example' });
    const cases = { 'example-1': ['opus', 19.78], 'example-2': ['aac', 10], 'example-3': ['pcm', undefined] } as const;
    for (const [value, [extension, seconds]] of Object.entries(cases)) {
      await example.selectOption(value);
      assert.equal(await execute(operation), 200);
      const player = operation.locator('audio');
      assert.equal(await player.count(), seconds === undefined ? 0 : 1);
      if (seconds !== undefined) {
        const { duration, error } = await player.evaluate(play);
        assert.equal(error, undefined);
        assert.ok(Math.abs(duration - seconds) < 0.3, `${duration} s instead of ${seconds} s`);
      }
      const downloading = api.page.waitForEvent('download');
      await operation.getByRole('link', { name: 'Download' }).click();
      const file = await downloading;
      assert.equal(file.suggestedFilename(), `audio.${extension}`);
      assert.ok((await stat(await file.path())).size > 10_000);
    }
    assert.equal(sent.filter((url) => url.endsWith('/transcode')).length, Object.keys(cases).length);
  });
});
