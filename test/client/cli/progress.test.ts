import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { shareOf } from '../../../client/cli/output/progress-bar.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, noise } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { type FfnExit, runFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';
import { type Service, startService } from '../support/service.ts';

const SECONDS = 4;
const NO_TERMINAL = process.platform === 'linux' ? false : 'script is a different program here';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let service: Service;
let command: string;

before(async () => {
  await using media = await createMediaFolder();
  const sources = new Map([
    ['/a.mp3', await media.make('a.mp3', noise('pink', SECONDS), ['-c:a', 'libmp3lame', '-b:a', '128k'])],
    ['/a.flac', await media.make('a.flac', noise('pink', SECONDS))],
    // The actual bitrate is lower than its header says.
    ['/a.ogg', await media.make('a.ogg', noise('pink', SECONDS), ['-c:a', 'libvorbis', '-q:a', '4'])],
  ]);
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      const found = sources.get(request.url ?? '');
      (found === undefined ? answer(404) : serve(found))(request, response);
    }),
  );
  service = cleanUp.use(await startService({ SOURCE_ALLOWED_NETWORKS: source.network }));
  command = await installPackage(cleanUp.use(scratchFolder()).path);
});
after(() => cleanUp.disposeAsync());

/** Runs in real time, so that there is progress to show. */
async function play(name: string, { onTerminal = false, more = [] as string[] } = {}): Promise<FfnExit> {
  const live = ['-o', '/dev/null', '--format', 'opus', '--live', '--patience', '10', ...more];
  const args = ['transcode', `${source.origin}/${name}`, ...live];
  const exit = await runFfn(args, { ffn: command, settings: { FFN_URL: service.url }, onTerminal });
  assert.equal(exit.code, 0, exit.stderr + exit.stdout);
  return exit;
}

describe('the progress of ffn', { concurrency: 3 }, () => {
  it('is a bar on a terminal', { skip: NO_TERMINAL }, async () => {
    const shown = (await play('a.mp3', { onTerminal: true, more: ['--duration', '3'] })).stdout.toString();
    assert.match(shown, /\r\[█+·*\] +\d+ % {2}0:0\d of 0:03/);
  });

  it('is printed as plain lines elsewhere', async () => {
    const { stderr } = await play('a.flac');
    const [hint, ...lines] = stderr.trimEnd().split('\n');
    const done = lines.pop();
    assert.match(hint ?? '', /^change it with: ffn set [\w-]+ --speed 1\.25$/);
    assert.match(done ?? '', /^\/dev\/null: 0:04 of the source, /);
    assert.ok(lines.length >= 1);
    for (const line of lines) assert.match(line, /^\d+ % {2}0:0\d of 0:04 {2}\d+ bytes$/);
  });

  for (const [name, end] of [
    ['a.flac', 'of 0:04'],
    ['a.mp3', 'of about 0:04'],
    ['a.ogg', undefined],
  ] as const) {
    it(`shows the length of ${name} as far as it is known`, { skip: NO_TERMINAL }, async () => {
      const shown = (await play(name, { onTerminal: true })).stdout.toString();
      const shows = [...shown.matchAll(/\d:\d\d( of (?:about )?\d:\d\d)?.\[K/g)].map(([, length]) => length?.trim());
      const lengths = shows.filter((text) => text !== undefined);
      assert.ok(shows.length > 1, shown);
      // At first the length has not been requested yet.
      assert.deepEqual(new Set(lengths), new Set(end === undefined ? [] : [end]));
      assert.ok(end === undefined || lengths.length > 0, shown);
      assert.match(shown, /: 0:04 of the source, /);
    });
  }

  it('shows no length after an estimate has turned out to be too short', () => {
    const estimate = { seconds: 34, isEstimate: true };
    assert.equal(shareOf({ seconds: 17, total: estimate }), 0.5);
    assert.equal(shareOf({ seconds: 35, total: estimate }), undefined);
    assert.equal(shareOf({ seconds: 35, total: { seconds: 34, isEstimate: false } }), 1);
    assert.equal(shareOf({ seconds: 0, total: { seconds: 0, isEstimate: false } }), undefined);
  });
});
