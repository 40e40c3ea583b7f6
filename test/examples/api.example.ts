import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type System, startSystem } from '../../local/system.ts';
import { decode, secondsOf } from '../support/audio.ts';
import type { HttpSource } from '../support/http-source.ts';
import { JWT_SECRET } from '../support/jwt.ts';
import { tone } from '../support/media.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';
import { ROOT, shellOf } from './support/guide.ts';
import { startTracks } from './support/tracks.ts';

// The commands of docs/guides/identity.md and docs/reference/functions.md, typed against all that `npm start` runs.

const SECONDS = { a: 5, flac: 33 };
/** Seconds of test/media/sense-and-sensibility.flac. */
const RECORDING_SECONDS = 24.73;
const UPLOADED_SECONDS = 61.46;

const [FIRST_CALL = assert.fail(), CALL = assert.fail(), KEY_COMMANDS = assert.fail(), CALL_BY_TOKEN = assert.fail()] =
  shellOf('docs/guides/identity.md');
const [TRANSCODE = assert.fail(), PATCH = assert.fail(), EVENTS = assert.fail(), ...OTHERS] =
  shellOf('docs/reference/functions.md');
const [
  JOBS = assert.fail(),
  PROBE = assert.fail(),
  TOKEN = assert.fail(),
  KEYS = assert.fail(),
  UPLOAD = assert.fail(),
] = OTHERS;

const run = promisify(execFile);

const cleanUp = new AsyncDisposableStack();
let folder: ScratchFolder;
let source: HttpSource;
let settings: NodeJS.ProcessEnv;
let system: System;

before(async () => {
  folder = cleanUp.use(scratchFolder());
  source = cleanUp.use(await startTracks({ a: tone(440, SECONDS.a), flac: tone(440, SECONDS.flac) }));
  settings = {
    ...{ DATA_DIR: folder.file('data'), PORT: '0', S3_PORT: '0', PGPORT: '0', S3_ENDPOINT: '', DATABASE_URL: '' },
    ...{ LOG_LEVEL: 'warn', SOURCE_ALLOWED_NETWORKS: source.network },
  };
  system = await start(settings);
});
after(async () => {
  await system.stop();
  await cleanUp.disposeAsync();
});

async function start(added: NodeJS.ProcessEnv): Promise<System> {
  return startSystem({ environment: { ...process.env, ...added }, report: () => {} });
}

type Shell = { readonly cwd?: string; readonly headers?: string; readonly variables?: NodeJS.ProcessEnv };

/** Types commands as a reader would; resolves with what they print. Each request has the headers. */
async function type(text: string, { cwd = ROOT, headers = '', variables = {} }: Shell = {}): Promise<string> {
  writeFileSync(folder.file('.curlrc'), `silent\nshow-error\n${headers}`);
  const commands = text
    .replaceAll('http://127.0.0.1:8090', system.url)
    .replaceAll(
      /https:\/\/example\.org\/a\.(\w+)/g,
      (_url, ending) => `${source.origin}/${ending === 'flac' ? 'flac' : 'a'}.mp3`,
    );
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd,
    env: {
      ...process.env,
      ...settings,
      ...variables,
      ...{ DATABASE_URL: system.databaseUrl, BASE: system.url, CURL_HOME: folder.path },
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    },
  });
  return stdout;
}

const jsonIn = (text: string) =>
  text
    .trim()
    .split(/\n|(?<=\})(?=\{)/)
    .map((line) => JSON.parse(line));

async function assertSeconds(file: string, seconds: number): Promise<void> {
  const measured = secondsOf(await decode(folder.file(file)));
  assert.ok(Math.abs(measured - seconds) < 0.1, `${file}: ${measured} s instead of ${seconds} s`);
}

/** Creates a key; resolves with its id and the key itself. */
async function createKey(...scopes: readonly string[]): Promise<{ id: string; key: string }> {
  const options = scopes.map((scope) => `--scope ${scope}`).join(' ');
  const key = (await type(`node local/keys.ts create ${options} --name test 2> /dev/null`)).trim();
  return { id: key.split('_')[1] ?? assert.fail(key), key };
}

describe('docs/guides/identity.md', () => {
  it('makes a key, calls with it, and is refused without it', async () => {
    const [list, refusal] = jsonIn(await type(FIRST_CALL));
    assert.deepEqual(list, { items: [], next_cursor: null });
    assert.equal(refusal.code, 'UNAUTHENTICATED');
  });

  it('transcodes the recording of the store with a key', async () => {
    const { key } = await createKey('transcode');
    await type(CALL, { cwd: folder.path, variables: { KEY: key } });
    await assertSeconds('a.opus', RECORDING_SECONDS);
  });

  it('creates, lists and revokes keys', async () => {
    const { id } = await createKey('transcode');
    const printed = await type(KEY_COMMANDS.replace(/\bID\b/, id));
    assert.match(printed, new RegExp(`^${id}\\t`, 'm'));
    assert.doesNotMatch(await type('node local/keys.ts list'), new RegExp(id));
  });
});

describe('docs/reference/functions.md, with tokens', () => {
  let own: { id: string; key: string };
  let shell: Shell;

  before(async () => {
    await system.stop();
    settings = { ...settings, JWT_SECRET };
    system = await start(settings);
    own = await createKey('transcode', 'jobs', 'admin');
    shell = { cwd: folder.path, headers: `header = "X-Api-Key: ${own.key}"\n` };
  });

  it('transcodes by GET and by POST', async () => {
    await type(TRANSCODE, shell);
    await assertSeconds('a.opus', SECONDS.a / 1.25);
    // Of 33 seconds, from 30 on.
    await assertSeconds('a.aac', SECONDS.flac - 30);
  });

  it('submits a job', async () => {
    assert.match(await type(JOBS, shell), /^"(pending|processing|completed)"$/m);
  });

  it('describes a source', async () => {
    const { container, seconds } = JSON.parse(await type(PROBE, shell));
    assert.deepEqual([container, Math.round(seconds * 100) / 100], ['flac', RECORDING_SECONDS]);
  });

  it('changes a live transcode, and follows its events to the end', async () => {
    const url = `${system.url}/transcode?source_url=${source.origin}/flac.mp3&output_format=opus&live=true`;
    const headers = { 'x-api-key': own.key };
    const live = await fetch(url, { headers });
    const variables = { ID: live.headers.get('x-transcode-id') ?? assert.fail() };
    const { filters } = JSON.parse(await type(PATCH, { ...shell, variables }));
    assert.deepEqual(filters, { speed: 1.5, pitch: 0, eq_preset: 'bass_boost', volume: 1 });
    const events = type(EVENTS, { ...shell, variables });
    await live.body?.cancel();
    const printed = await events;
    assert.match(printed, /event: filters\ndata: .*"speed":1\.5/);
    assert.match(printed, /event: end\n/);
  });

  it('exchanges a key for a token', async () => {
    const answer = JSON.parse(await type(TOKEN, { variables: { KEY: own.key } }));
    assert.equal(answer.token_type, 'Bearer');
    const authorization = `Bearer ${answer.access_token}`;
    assert.equal((await fetch(`${system.url}/transcodes`, { headers: { authorization } })).status, 200);
  });

  it('calls with a token', async () => {
    const { items } = JSON.parse(await type(CALL_BY_TOKEN, { variables: { KEY: own.key } }));
    assert.ok(Array.isArray(items));
  });

  it('makes a key over HTTP', async () => {
    const { key, name } = JSON.parse(await type(KEYS, { variables: { ADMIN: own.key } }));
    assert.equal(name, 'x');
    assert.equal((await fetch(`${system.url}/transcodes`, { headers: { 'x-api-key': key } })).status, 200);
  });

  it('uploads a file and transcodes it', async () => {
    copyFileSync(join(ROOT, 'test/media/vibe-ace.ogg'), folder.file('vibe-ace.ogg'));
    await type(UPLOAD, shell);
    assert.ok(statSync(folder.file('a.opus')).size > 0);
    await assertSeconds('a.opus', UPLOADED_SECONDS);
  });
});
