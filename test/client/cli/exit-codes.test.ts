import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { freePorts } from '../../support/free-ports.ts';
import { answer, type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { MUSIC_FILE } from '../../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { type FfnOptions, runFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';
import { type Service, startService } from '../support/service.ts';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let service: Service;
let folder: ScratchFolder;
let command: string;
/** A URL at which no service listens. */
let away: string;

before(async () => {
  const music = await readFile(MUSIC_FILE);
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      if (request.url === '/missing') answer(404)(request, response);
      else if (request.url === '/music') serve(music)(request, response);
      else answer(200, {}, 'no music here, only words'.repeat(100))(request, response);
    }),
  );
  service = cleanUp.use(await startService({ SOURCE_ALLOWED_NETWORKS: source.network }));
  folder = cleanUp.use(scratchFolder());
  command = await installPackage(cleanUp.use(scratchFolder()).path);
  await writeFile(folder.file('here.mp3'), 'a file');
  const [port] = await freePorts(1);
  away = `http://127.0.0.1:${port}`;
});
after(() => cleanUp.disposeAsync());

const at = (url: string): FfnOptions => ({ ffn: command, settings: { FFN_URL: url }, cwd: folder.path });

describe('the exit code of ffn', { concurrency: 2 }, () => {
  const url = () => `${source.origin}/music`;
  const CASES: Readonly<Record<string, { args: () => string[]; code: number; says: RegExp; isAway?: boolean }>> = {
    'a source that is not media': {
      args: () => ['transcode', `${source.origin}/text`, '-o', 'x.opus'],
      code: 1,
      says: /^ffn: .*$/,
    },
    'a source that does not exist': {
      args: () => ['transcode', `${source.origin}/missing`, '-o', 'x.opus'],
      code: 1,
      says: /404/,
    },
    'a file that does not exist': { args: () => ['play', 'no-such.mp3'], code: 1, says: /no-such\.mp3 cannot be read/ },
    'a filter that is out of range': {
      args: () => ['transcode', url(), '-o', 'x.opus', '--speed', '9'],
      code: 1,
      says: /speed must be between 0\.5 and 2\.0/,
    },
    'a transcode that does not exist': { args: () => ['stop', 'unknown-id'], code: 1, says: /no such/ },
    'no command': { args: () => [], code: 2, says: /no command given/ },
    'an unknown command': { args: () => ['toString'], code: 2, says: /unknown command "toString"/ },
    'an unknown option': { args: () => ['list', '--colour'], code: 2, says: /Unknown option '--colour'/ },
    'no output': { args: () => ['transcode', url()], code: 2, says: /-o OUTPUT is missing/ },
    'an output of an unknown format': { args: () => ['transcode', url(), '-o', 'a.flac'], code: 2, says: /no format/ },
    'an invalid number': {
      args: () => ['set', 'id', '--speed', 'fast'],
      code: 2,
      says: /takes a number, not "fast"/,
    },
    'nothing to set': { args: () => ['set', 'id'], code: 2, says: /nothing to change/ },
    'a service that is down': { args: () => ['health'], code: 3, says: /ECONNREFUSED/, isAway: true },
    'a service that is down, without a fallback': {
      args: () => ['transcode', url(), '-o', 'x.opus', '--no-fallback', '--timeout', '0.5'],
      code: 3,
      says: /ECONNREFUSED/,
      isAway: true,
    },
    'a file and a service that is down, without a fallback': {
      args: () => ['transcode', 'here.mp3', '-o', 'x.opus', '--no-fallback'],
      code: 3,
      says: /ECONNREFUSED/,
      isAway: true,
    },
    'an output that cannot be written': {
      args: () => ['transcode', url(), '-o', 'no/such/folder/x.opus'],
      code: 4,
      says: /no\/such\/folder\/x\.opus cannot be written \(ENOENT\)/,
    },
    'a player that is not installed': {
      args: () => ['play', url(), '--player', 'winamp'],
      code: 4,
      says: /no player found/,
    },
  };

  for (const [name, { args, code, says, isAway = false }] of Object.entries(CASES)) {
    it(`is ${code} for ${name}`, async () => {
      const exit = await runFfn(args(), at(isAway ? away : service.url));
      assert.equal(exit.code, code, exit.stderr);
      const last = exit.stderr.trimEnd().split('\n').at(-1) ?? '';
      assert.match(last, /^ffn: /);
      assert.match(last, says);
      assert.ok(!readdirSync(folder.path).some((file) => file.startsWith('x.opus')));
    });
  }

  it('is 5 for rejected credentials, and the error is an object with --json', async () => {
    await using closed = await startService({
      AUTHENTICATION: 'required',
      JWT_SECRET: 'a secret of the tests, long enough',
    });
    // A line break at the end, as in a file, is not part of the token.
    const exit = await runFfn(['list', '--json', '--token', 'wrong\n'], at(closed.url));
    assert.equal(exit.code, 5);
    assert.equal(exit.stdout.length, 0);
    const { event, code, recoverable } = JSON.parse(exit.stderr);
    assert.deepEqual([event, code, recoverable], ['error', 'UNAUTHENTICATED', false]);
  });

  for (const settings of [
    { FFN_TOKEN: 'sk_secret\nb' },
    { FFN_API_KEY: 'sk_secret\r\nx: b' },
    { FFN_TOKEN: 'sk_secret€' },
    { FFN_URL: 'http://me:sk_secret@127.0.0.1' },
    { FFN_URL: 'me:sk_secret@127.0.0.1' },
  ]) {
    it(`is 2, and the secret is not printed, for ${JSON.stringify(settings)}`, async () => {
      const here = at(service.url);
      for (const args of [['list'], ['list', '--json'], ['transcode', url(), '-o', 'x.opus']]) {
        const exit = await runFfn(args, { ...here, settings: { ...here.settings, ...settings } });
        assert.equal(exit.code, 2, exit.stderr);
        assert.match(exit.stderr, /--(?:api-key|token|url) \(FFN_(?:API_KEY|TOKEN|URL)\)/);
        assert.ok(!(exit.stderr + exit.stdout).includes('secret'), exit.stderr);
      }
    });
  }

  it('comes with one error message that contains the cause', async () => {
    const exit = await runFfn(['transcode', `${source.origin}/missing`, '-o', 'x.opus'], at(service.url));
    assert.match(exit.stderr, /^ffn: .*404.*\n$/);
  });
});
