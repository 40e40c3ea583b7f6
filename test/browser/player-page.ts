import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';

export type PlayerName = 'hls' | 'dash';

const SCRIPTS: Readonly<Record<PlayerName, string>> = {
  hls: fileURLToPath(new URL('hls.min.js', import.meta.resolve('hls.js/dist/hls.min.js'))),
  dash: fileURLToPath(new URL('../../node_modules/dashjs/dist/modern/umd/dash.all.min.js', import.meta.url)),
};

/**
 * The same functions for both players: `open(url)`, `choose(index)` for a size by its bitrate from the smallest on, and
 * `failures`, the errors after which a player cannot go on by itself.
 */
const CONTROLS: Readonly<Record<PlayerName, string>> = {
  hls: `
    const player = new Hls({ debug: false, maxBufferLength: 6, maxMaxBufferLength: 6 });
    player.on(Hls.Events.ERROR, (_, { type, details, fatal, response }) => {
      if (fatal || type === 'mediaError') failures.push([type, details, response && response.code].join(' '));
    });
    window.open_ = (url) => new Promise((resolve) => {
      player.on(Hls.Events.MANIFEST_PARSED, () => resolve(player.levels.map(({ width, height }) => width + 'x' + height)));
      player.loadSource(url);
      player.attachMedia(video);
    });
    window.choose = (index) => { player.nextLevel = index; };`,
  dash: `
    const player = dashjs.MediaPlayer().create();
    player.updateSettings({ debug: { logLevel: 0 }, streaming: {
      abr: { autoSwitchBitrate: { video: false } },
      buffer: { fastSwitchEnabled: true, bufferTimeDefault: 6, bufferTimeAtTopQuality: 6, bufferTimeAtTopQualityLongForm: 6 } } });
    player.on('error', ({ error }) => failures.push([error.code, error.message].join(' ')));
    window.open_ = (url) => new Promise((resolve) => {
      player.on('streamInitialized', () =>
        resolve(player.getRepresentationsByType('video').map(({ width, height }) => width + 'x' + height)));
      player.initialize(video, url, true);
    });
    window.choose = (index) => player.setRepresentationForTypeByIndex('video', index);`,
};

/** Keeps what a player gives the browser, to see at which times the browser has put it. */
const RECORDED = `
  window.soundEnd = () => Math.max(...sounds.flatMap(({ buffered: ranges }) => ranges.length ? [ranges.end(ranges.length - 1)] : []));
  const sounds = [];
  const add = MediaSource.prototype.addSourceBuffer;
  MediaSource.prototype.addSourceBuffer = function (type) {
    const buffer = add.call(this, type);
    if (type.startsWith('audio')) sounds.push(buffer);
    return buffer;
  };`;

/** Serves the pages, as another site than that of the service. */
export const pageListener: RequestListener = (request, response) => {
  const name = request.url?.slice(1) ?? '';
  const [player = '', kind] = name.split('.');
  const script = SCRIPTS[player as PlayerName];
  if (script === undefined) {
    response.writeHead(404).end();
  } else if (kind === 'js') {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(script));
  } else {
    const controls = CONTROLS[player as PlayerName];
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><meta charset="utf-8"><title>${player}</title>
<video muted playsinline></video><script>${RECORDED}</script><script src="/${player}.js"></script>
<script>const video = document.querySelector('video'); window.failures = []; ${controls}</script>`);
  }
};

export type OpenPlayer = AsyncDisposable & {
  readonly page: Page;
  /** The sizes that the player may choose, smallest first. */
  readonly sizes: readonly string[];
  /** The URLs of its requests. */
  readonly requests: readonly string[];
  /** Plays until the condition of the page is true. */
  until(condition: string): Promise<void>;
  choose(index: number): Promise<void>;
  seek(seconds: number): Promise<void>;
  /** Returns the colour in the middle of the picture: red, green and blue, 0 to 255. */
  color(): Promise<readonly number[]>;
  failures(): Promise<readonly string[]>;
};

const LONGEST_MS = 60_000;

/** Opens a URL in a player, on a page of another site. Nothing but the URL is given to the player. */
export async function openPlayer(
  browser: Browser,
  { player, origin, url }: { readonly player: PlayerName; readonly origin: string; readonly url: string },
): Promise<OpenPlayer> {
  const context = await browser.newContext();
  context.setDefaultTimeout(LONGEST_MS);
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => void requests.push(request.url()));
  await page.goto(`${origin}/${player}.html`);
  const sizes = (await page.evaluate(`open_(${JSON.stringify(url)})`)) as string[];
  await page.evaluate('video.play()');
  return {
    page,
    sizes,
    requests,
    async until(condition) {
      await page.waitForFunction(condition, undefined, { timeout: LONGEST_MS }).catch(async (cause: unknown) => {
        const state =
          'JSON.stringify([failures, video.currentTime, video.videoWidth, video.readyState, video.error?.message])';
        throw new Error(`${condition}: ${String(await page.evaluate(state))}`, { cause });
      });
    },
    choose: async (index) => void (await page.evaluate(`choose(${index})`)),
    async seek(seconds) {
      await page.evaluate(`new Promise((resolve) => {
        video.addEventListener('seeked', resolve, { once: true });
        video.currentTime = ${seconds};
      })`);
    },
    color: async () =>
      (await page.evaluate(`(() => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [1, 1];
        const pen = canvas.getContext('2d');
        pen.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
      })()`)) as number[],
    failures: async () => (await page.evaluate('failures')) as string[],
    [Symbol.asyncDispose]: () => context.close(),
  };
}
