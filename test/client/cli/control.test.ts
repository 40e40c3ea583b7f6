import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { freePorts } from '../../support/free-ports.ts';
import { type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { MUSIC_FILE } from '../../support/media.ts';
import { startPostgres } from '../../support/postgres.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { type FfnOptions, runFfn, startFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';
import { type Service, startService } from '../support/service.ts';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let ffn: string;
/** A service without a database, and one with a database. */
let services: Readonly<Record<'plain' | 'recording', Service>>;

before(async () => {
  ffn = await installPackage(cleanUp.use(scratchFolder()).path);
  source = cleanUp.use(await startHttpSource(serve(await readFile(MUSIC_FILE))));
  const postgres = cleanUp.use(await startPostgres());
  const start = async (settings: object) =>
    cleanUp.use(await startService({ SOURCE_ALLOWED_NETWORKS: source.network, ...settings }));
  const [plain, recording] = await Promise.all([start({}), start({ DATABASE_URL: postgres.url })]);
  services = { plain, recording };
});
after(() => cleanUp.disposeAsync());

const at = (service: Service, more: NodeJS.ProcessEnv = {}): FfnOptions => ({
  ffn,
  settings: { FFN_URL: service.url, ...more },
});

/** Starts a live transcode with `ffn`, whose audio is discarded. */
async function startLive(service: Service) {
  const args = [
    'transcode',
    `${source.origin}/music`,
    '-o',
    '/dev/null',
    '--format',
    'opus',
    '--live',
    '--patience',
    '10',
    '--json',
  ];
  const command = startFfn(args, at(service));
  const [, id = ''] = await command.says(/"started","id":"([^"]+)"/);
  return { id, command };
}

describe('ffn', { concurrency: 2 }, () => {
  for (const name of ['plain', 'recording'] as const) {
    it(`lists, changes, follows and stops a live transcode (${name})`, async () => {
      const service = services[name];
      const { id, command } = await startLive(service);
      await using playing = command;
      await using logs = startFfn(['logs', id, '--json'], at(service));
      await logs.says(/"event":"progress"/);

      const change = await runFfn(['set', id, '--speed', '1.5', '--eq', 'voice', '--json'], at(service));
      assert.equal(change.code, 0, change.stderr);
      const [{ filters, applied_at_sample, ...rest } = {}] = change.lines();
      assert.deepEqual([rest, filters], [{ id }, { speed: 1.5, pitch: 0, eq_preset: 'voice', volume: 1 }]);
      assert.ok(Number(applied_at_sample) > 0);
      await logs.says(/"event":"filters".*"voice"/);

      const list = await runFfn(['list', '--state', 'active', '--json'], at(service));
      const [{ items } = {}] = list.lines();
      assert.deepEqual(
        (items as { id: string }[]).map((item) => item.id),
        [id],
      );
      const table = await runFfn(['list'], at(service));
      assert.match(table.stdout.toString(), new RegExp(`^${id} {2}streaming {2}opus .* speed 1.5, voice$`, 'm'));

      const stopped = await runFfn(['stop', id], at(service));
      assert.deepEqual([stopped.code, stopped.stdout.toString()], [0, `${id} stopped\n`], stopped.stderr);
      const followed = await logs.exited;
      assert.equal(followed.code, 0, followed.stderr);
      const end = followed.lines().at(-1);
      assert.deepEqual([end?.['event'], end?.['state'], end?.['id']], ['end', 'cancelled', id]);
      assert.equal((await playing.exited).code, 6);

      const again = await runFfn(['stop', id], at(service));
      assert.deepEqual(
        [again.code, again.stdout.toString()],
        [0, `${id} had already ended (cancelled)\n`],
        again.stderr,
      );
      const json = await runFfn(['stop', id, '--json'], at(service));
      assert.deepEqual(json.lines(), [{ id, stopped: false, state: 'cancelled' }]);
    });
  }

  it('follows all transcodes until Ctrl-C', async () => {
    await using logs = startFfn(['logs'], at(services.plain));
    const { id, command } = await startLive(services.plain);
    await using playing = command;
    await logs.says(new RegExp(`${id} {2}streaming`));
    playing.interrupt();
    await logs.says(new RegExp(`${id} {2}cancelled`));
    logs.interrupt();
    assert.equal((await logs.exited).code, 130);
  });

  it('reports the health of the service', async () => {
    const text = await runFfn(['health'], at(services.recording));
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout.toString(), /is healthy\n(?: {2}\w+ +\w+\n)* {2}ffmpeg +ok\n/);
    const json = await runFfn(['health', '--json'], at(services.plain));
    assert.equal(json.lines()[0]?.['status'], 'healthy');
  });

  it('reports what the caller uses', async () => {
    const text = await runFfn(['usage'], at(services.plain));
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout.toString(), /^places +\d+ of \d+$/m);
    const json = await runFfn(['usage', '--json'], at(services.plain));
    assert.deepEqual(Object.keys(json.lines()[0]?.['places'] ?? {}), ['used', 'limit', 'unit']);
  });

  it('plays through a player', async () => {
    using folder = scratchFolder();
    // SDL writes the sound to a file.
    const settings = { SDL_AUDIODRIVER: 'disk', SDL_DISKAUDIOFILE: folder.file('heard'), SDL_VIDEODRIVER: 'dummy' };
    const args = [
      'play',
      `${source.origin}/music`,
      '--player',
      'ffplay',
      '--duration',
      '2',
      '--speed',
      '2',
      '--patience',
      '10',
      '--json',
    ];
    const exit = await runFfn(args, at(services.plain, settings));
    assert.equal(exit.code, 0, exit.stderr);
    assert.deepEqual(
      exit.lines().map(({ event }) => event),
      ['started', 'done'],
    );
    assert.ok(statSync(folder.file('heard')).size > 0.9 * 48_000 * 4);
  });

  it('plays from the local ffmpeg while the service is down', async () => {
    using folder = scratchFolder();
    const [port] = await freePorts(1);
    const settings = {
      FFN_URL: `http://127.0.0.1:${port}`,
      SDL_AUDIODRIVER: 'disk',
      SDL_DISKAUDIOFILE: folder.file('x'),
    };
    const args = ['play', `${source.origin}/music`, '--player', 'ffplay', '--duration', '1'];
    const exit = await runFfn(args, { ffn, settings });
    assert.equal(exit.code, 0, exit.stderr);
    assert.match(exit.stderr, /^warning: falling back to the local ffmpeg\nplaying$/m);
    assert.ok(statSync(folder.file('x')).size > 0.9 * 48_000 * 4);
  });
});
