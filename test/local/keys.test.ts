import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { secretsKeysOf } from '../../local/secrets-keys.ts';
import { call } from '../support/client.ts';
import { type Command, runCommand } from '../support/command.ts';
import { keysOf } from '../support/keys.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { storeOf } from '../support/store.ts';

const KEY = /ffk_[0-9a-f]{16}_[\w-]{43}/;

type Ended = { readonly code: number | null; readonly output: string; readonly words: string };

/** Runs `npm run keys -- …` to its end. Returns output for programs and messages for people separately. */
async function keys(args: readonly string[], settings: NodeJS.ProcessEnv): Promise<Ended> {
  await using command = runCommand('keys.ts', args, settings);
  const { stdout, stderr } = textOf(command);
  const closed = once(command.child, 'close');
  const { code } = await command.exited;
  await closed;
  return { code, output: stdout(), words: stderr() };
}

function textOf({ child }: Command) {
  const collected = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (text: string) => {
      collected[stream] += text;
    });
  }
  return { stdout: () => collected.stdout, stderr: () => collected.stderr };
}

describe('npm run keys', () => {
  let postgres: Postgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  it('creates, lists and revokes keys in the database in DATABASE_URL', async (test) => {
    const settings = { DATABASE_URL: postgres.url };
    const made = await keys(
      [
        'create',
        '--scope',
        'transcode,jobs',
        '--scope',
        'admin',
        '--name',
        'radio',
        '--subject',
        'ann',
        '--expires-in-days',
        '2',
        '--limit',
        'places=3',
      ],
      settings,
    );
    assert.equal(made.code, 0, made.words);
    assert.match(made.output, new RegExp(`^${KEY.source}\n$`), 'only the key');
    assert.doesNotMatch(made.words, KEY);
    assert.match(made.words, /AUTHENTICATION=required/);
    const id = made.output.slice(4, 20);
    const [record] = (await keysOf(storeOf(test, postgres.url)).list(undefined)).keys;
    assert.partialDeepStrictEqual(record, {
      id,
      name: 'radio',
      subject: 'ann',
      scopes: ['transcode', 'jobs', 'admin'],
      limits: { places: 3 },
    });
    const days = ((record?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    assert.ok(days > 1.9 && days <= 2);

    const second = await keys(['create', '--scope', 'transcode'], settings);
    assert.doesNotMatch(second.words, /AUTHENTICATION/, 'the service was closed before');
    assert.equal((await keys(['revoke', second.output.slice(4, 20)], settings)).code, 0);

    const listed = await keys(['list'], settings);
    assert.equal(listed.code, 0);
    assert.match(listed.output, new RegExp(`^${id}\t.*radio\tplaces=3$`, 'm'));
    assert.doesNotMatch(listed.output, KEY);
    assert.equal((await keys(['revoke', id], settings)).code, 0);
    assert.equal((await keys(['list'], settings)).output, '');
    const again = await keys(['revoke', id], settings);
    assert.equal(again.code, 1);
    assert.match(again.words, /no API key has/);
  });

  it('mentions no open service where every caller needs credentials', async (test) => {
    const { url } = await startPostgres(test);
    const made = await keys(['create', '--scope', 'jobs'], { DATABASE_URL: url, AUTHENTICATION: 'required' });
    assert.match(made.words, /shown only once/);
    assert.doesNotMatch(made.words, /open/);
  });

  it('prints its help', async () => {
    for (const args of [['--help'], ['create', '-h']]) {
      const { code, output, words } = await keys(args, { DATABASE_URL: 'postgres://127.0.0.1:9/none' });
      assert.deepEqual({ code, words }, { code: 0, words: '' });
      assert.match(output, /^usage: npm run -s keys/);
    }
  });

  it('names the option that is wrong, and what it may be', async () => {
    for (const [option, value, requirement] of [
      ['--scope', 'all', /^--scope: "all" is not one of transcode, jobs, /],
      ['--expires-in-days', '0', /^--expires-in-days must be a number above 0, at most 36500\n/],
      ['--limit', 'places=0', /^--limit: .*places=10/],
      ['--limit', 'streams=1', /^--limit: .*places=10/],
      ['--name', '', /^--name must be printable text of 1 to 255 characters\n/],
      ['--subject', 'a\tb', /^--subject must be printable text of 1 to 255 characters\n/],
    ] as const) {
      const { code, words } = await keys(['create', '--scope', 'jobs', option, value], {});
      assert.equal(code, 2);
      assert.match(words, requirement);
    }
  });

  it('prints its usage', async () => {
    for (const args of [
      [],
      ['make'],
      ['create'],
      ['create', '--scope', 'all'],
      ['create', '--scope', 'jobs', '--expires-in-days', 'soon'],
      ['revoke'],
      ['list', 'all'],
      ['list', '--all'],
    ]) {
      const { code, output, words } = await keys(args, { DATABASE_URL: 'postgres://127.0.0.1:9/none' });
      assert.equal(code, 2, args.join(' '));
      assert.match(words, /usage: npm run -s keys/);
      assert.equal(output, '');
    }
  });

  it('reports that the database is down', async () => {
    const { code, words } = await keys(['list'], { DATABASE_URL: 'postgres://user:hidden@127.0.0.1:9/none' });
    assert.equal(code, 1);
    assert.match(words, /the database does not respond/);
    assert.doesNotMatch(words, /hidden/);
  });

  it('rotates secrets with the keys of SECRETS_KEYS or of the data folder, and reports what it needs', async () => {
    using folder = scratchFolder();
    const settings = { DATABASE_URL: postgres.url, DATA_DIR: folder.file('data') };
    const without = await keys(['rotate-secrets'], settings);
    assert.equal(without.code, 1);
    assert.match(without.words, /there is no key: set SECRETS_KEYS/);
    const SECRETS_KEYS = `of-settings:${randomBytes(32).toString('base64url')}`;
    const given = await keys(['rotate-secrets'], { ...settings, SECRETS_KEYS });
    assert.equal(given.code, 0, given.words);
    assert.match(given.words, /secrets are sealed with the key of-settings$/m);
    secretsKeysOf(settings);
    const kept = await keys(['rotate-secrets'], settings);
    assert.equal(kept.code, 0, kept.words);
    assert.match(kept.words, /sealed with the key local-[0-9a-f]{8}$/m);
  });
});

describe('npm run keys with the embedded database', () => {
  it('starts the database, or uses that of npm start, which then requires the key', async () => {
    using folder = scratchFolder();
    const settings = { DATA_DIR: folder.path };
    const first = await keys(['create', '--scope', 'transcode'], settings);
    assert.equal(first.code, 0, first.words);
    await using started = runCommand('start.ts', [], {
      ...settings,
      PORT: '0',
      S3_PORT: '0',
      SHUTDOWN_GRACE_SECONDS: '0',
    });
    const [, url = ''] = await started.says(/health +(http\S+)\/health/);
    const ask = (key: string) =>
      call({ url }, '/transcode', { body: {}, headers: key === '' ? {} : { 'x-api-key': key } });
    assert.equal((await ask('')).status, 401);
    assert.equal((await ask(first.output.trim())).status, 422);
    const second = await keys(['create', '--scope', 'transcode'], settings);
    assert.equal(second.code, 0, second.words);
    assert.equal((await ask(second.output.trim())).status, 422);
    started.child.kill('SIGTERM');
    assert.deepEqual(await started.exited, { code: 0, signal: null }, started.printed());
  });
});
