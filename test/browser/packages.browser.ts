import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { JobRecord } from '#lib/jobs/record.ts';
import { type JobSystem, startJobSystem } from '../e2e/support/job-system.ts';
import { eventually } from '../support/eventually.ts';
import { MEDIA_FFMPEG } from '../support/ffmpeg.ts';
import { type HttpSource, startHttpSource } from '../support/http-source.ts';
import { claims, JWT_SECRET, tokenOf } from '../support/jwt.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { launchBrowser } from './api-page.ts';
import { openPlayer, type PlayerName, pageListener } from './player-page.ts';

const SECONDS = 24;
/** The colour of each third of the film. */
const COLORS = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255] } as const;
const OUTPUTS = [
  { name: 'web', format: 'hls', ladder: ['360p', '240p', 'audio'], quality: 'draft' },
  { name: 'mpd', format: 'dash', ladder: ['360p', '240p', 'audio'], quality: 'draft' },
];

const cleanUp = new AsyncDisposableStack();
let site: HttpSource;
let system: JobSystem;
let browser: Browser;
let job: JobRecord;

before(async () => {
  site = cleanUp.use(await startHttpSource(pageListener));
  system = cleanUp.use(
    await startJobSystem({
      ...{ AUTHENTICATION: 'required', JWT_SECRET, CORS_ORIGINS: site.origin },
      SECRETS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64url')}`,
    }),
  );
  await system.startRunner();
  browser = await launchBrowser();
  cleanUp.defer(() => browser.close());
  job = await packaged();
});
after(() => cleanUp.disposeAsync());

/** A film of three colours with a tone. */
function coloredFilm(): Buffer {
  using folder = scratchFolder();
  const third = (color: string) => ['-f', 'lavfi', '-i', `color=${color}:s=640x360:r=25:d=${SECONDS / 3}`];
  execFileSync(MEDIA_FFMPEG, [
    ...['-v', 'error', ...third('red'), ...third('lime'), ...third('blue')],
    ...[
      '-f',
      'lavfi',
      '-i',
      `sine=440:r=48000:d=${SECONDS}`,
      '-filter_complex',
      '[0:v][1:v][2:v]concat=n=3,format=yuv420p[v]',
    ],
    ...[
      '-map',
      '[v]',
      '-map',
      '3:a',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-c:a',
      'aac',
      folder.file('film.mp4'),
    ],
  ]);
  return readFileSync(folder.file('film.mp4'));
}

async function packaged(): Promise<JobRecord> {
  const token = await tokenOf(claims({ scope: 'jobs', exp: Math.floor(Date.now() / 1_000) + 600 }));
  const headers = { authorization: `Bearer ${token}` };
  const inputs = { a: system.serve('film.mp4', coloredFilm()) };
  const { id } = await system.submit({ inputs, outputs: OUTPUTS }, { headers });
  return await eventually(
    async () => {
      const found = (await (await system.call(`/api/jobs/${id}`, { headers })).json()) as JobRecord;
      assert.equal(found.status, 'completed', JSON.stringify(found));
      return found;
    },
    { withinMs: 120_000 },
  );
}

function urlOf(name: string): string {
  return `${system.url}${job.result?.outputs.find((output) => output.name === name)?.url}`;
}

async function open(player: PlayerName) {
  return await openPlayer(browser, { player, origin: site.origin, url: urlOf(player === 'hls' ? 'web' : 'mpd') });
}

function assertColor(found: readonly number[], expected: readonly number[]): void {
  for (const [index, value] of expected.entries()) assert.ok(Math.abs((found[index] ?? 0) - value) < 40, `${found}`);
}

for (const player of ['hls', 'dash'] as const) {
  describe(`a package in Chromium, played by ${player}.js on another site`, () => {
    it('plays with sound, changes the size, seeks, and ends', async () => {
      await using opened = await open(player);
      assert.deepEqual(opened.sizes, ['426x240', '640x360']);
      await opened.until('video.currentTime > 1');
      assertColor(await opened.color(), COLORS.red);

      await opened.choose(0);
      await opened.until('video.videoWidth === 426');
      await opened.choose(1);
      await opened.until('video.videoWidth === 640');

      // A seek to a frame shows that frame, also next to a change of colour: each third is exactly eight seconds.
      for (const [seconds, color] of [
        [16.02, 'blue'],
        [15.98, 'green'],
        [8.02, 'green'],
        [7.98, 'red'],
      ] as const) {
        await opened.seek(seconds);
        await opened.until('!video.seeking && video.readyState >= 2');
        assertColor(await opened.color(), COLORS[color]);
      }

      await opened.seek(SECONDS - 3);
      await opened.choose(0);
      await opened.page.evaluate('video.play()');
      await opened.until('video.ended');
      assert.ok(Math.abs(Number(await opened.page.evaluate('video.currentTime')) - SECONDS) < 0.02);
      assert.ok(Number(await opened.page.evaluate('video.webkitAudioDecodedByteCount')) > 0);
      // Without its edit list, the sound would be late, and longer than the picture, by a frame of AAC: 21 ms.
      const end = Number(await opened.page.evaluate('soundEnd()'));
      assert.ok(Math.abs(end - SECONDS) < 0.005, `the sound ends at ${end}`);
      assert.deepEqual(await opened.failures(), []);
      const media = opened.requests.filter((url) => new URL(url).pathname.endsWith('.mp4'));
      assert.ok(media.length > 4);
      for (const url of media) assert.equal(new URL(url).origin, new URL(system.s3.options.endpoint ?? '').origin);
    });
  });
}
