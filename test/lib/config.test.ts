import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { documentedSettings, loadConfig, SECRET_SETTINGS } from '#lib/config.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

describe('the configuration', () => {
  it('has a default for every setting that needs a value', () => {
    const config = loadConfig({});
    assert.equal(config.HOST, '127.0.0.1');
    assert.equal(config.PORT, 8090);
    assert.equal(config.MAX_CONCURRENT_STREAMS, 50);
    assert.deepEqual(config.CORS_ORIGINS, ['*']);
    assert.deepEqual(config.SOURCE_BUCKETS, []);
    assert.equal(config.FFMPEG_PATH, undefined);
    assert.equal(config.MEMORY_LIMIT_MIB, undefined);
  });

  it('reads numbers and lists', () => {
    const config = loadConfig({
      PORT: '0',
      SHUTDOWN_GRACE_SECONDS: '0.5',
      SOURCE_BUCKETS: 'a, b  c,,',
      SOURCE_ALLOWED_NETWORKS: '10.0.0.0/8:80,::1/128',
    });
    assert.equal(config.PORT, 0);
    assert.equal(config.SHUTDOWN_GRACE_SECONDS, 0.5);
    assert.deepEqual(config.SOURCE_BUCKETS, ['a', 'b', 'c']);
    assert.deepEqual(config.SOURCE_ALLOWED_NETWORKS, ['10.0.0.0/8:80', '::1/128']);
  });

  it('treats an empty variable as not set', () => {
    assert.deepEqual(loadConfig({ PORT: '', FFMPEG_PATH: '', S3_ENDPOINT: '', CORS_ORIGINS: '' }), loadConfig({}));
  });

  it('ignores other variables', () => {
    assert.deepEqual(loadConfig({ HOME: '/root', AWS_SECRET_ACCESS_KEY: 'x' }), loadConfig({}));
  });

  it('cannot be changed', () => {
    assert.throws(() => Object.assign(loadConfig({}), { PORT: 1 }), TypeError);
  });

  it('names every invalid variable', () => {
    const bad = {
      PORT: '65536',
      LOG_LEVEL: 'loud',
      MAX_CONCURRENT_STREAMS: '0',
      FFMPEG_STALL_SECONDS: '-1',
      MAX_BODY_BYTES: '1.5',
      SHUTDOWN_GRACE_SECONDS: 'soon',
      S3_ENDPOINT: 'nowhere',
    };
    assert.throws(
      () => loadConfig(bad),
      ({ message }: Error) => Object.keys(bad).every((name) => message.includes(`${name}: `)),
    );
  });

  it('does not repeat an invalid value, because it may be a misplaced secret', () => {
    assert.throws(
      () => loadConfig({ S3_SECRET_ACCESS_KEY: 'hidden', S3_ENDPOINT: 'hidden', PORT: 'hidden' }),
      ({ message }: Error) => message.includes('S3_ENDPOINT') && !message.includes('hidden'),
    );
  });

  it('reads the keys that seal secrets', () => {
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const { SECRETS_KEYS } = loadConfig({
      SECRETS_KEYS: `2026-11:${first.toString('base64url')}, old_1:${second.toString('base64url')}=`,
    });
    assert.deepEqual(SECRETS_KEYS, [
      { id: '2026-11', key: first },
      { id: 'old_1', key: second },
    ]);
    assert.deepEqual(loadConfig({}).SECRETS_KEYS, []);
  });

  it('refuses keys that cannot seal, with the reason and without the key', () => {
    const good = randomBytes(32).toString('base64url');
    for (const [bad, reason] of [
      [good, 'must start with an id'],
      [`a b:${good}`, 'must start with an id'],
      [`a:${good.slice(1)}`, '32 bytes in base64url'],
      [`a:${good}AA`, '32 bytes in base64url'],
      [`a:${'+/'.repeat(21)}A`, '32 bytes in base64url'],
      [`a:${good}:${good}`, '32 bytes in base64url'],
      [`a:${good},a:${good}`, 'the ids of the keys must differ'],
    ] as const) {
      assert.throws(
        () => loadConfig({ SECRETS_KEYS: bad }),
        ({ message }: Error) =>
          message.includes('SECRETS_KEYS') && message.includes(reason) && !message.includes(good.slice(1)),
        bad,
      );
    }
  });

  it('reads each secret also from a file, or from a credential of systemd', () => {
    using folder = scratchFolder();
    mkdirSync(folder.file('credentials'));
    const values = {
      DATABASE_URL: 'postgres://user:password@db.example/audio',
      JWT_SECRET: 'a secret of thirty-two characters',
      SECRETS_KEYS: `a:${randomBytes(32).toString('base64url')}`,
      S3_ACCESS_KEY_ID: 'id',
      S3_SECRET_ACCESS_KEY: 'hidden',
    };
    for (const [name, value] of Object.entries(values)) {
      writeFileSync(folder.file(name), `${value}\n`);
      writeFileSync(folder.file(`credentials/${name}`), `${value}\n`);
    }
    const names = Object.keys(values);
    assert.deepEqual(names.toSorted(), [...SECRET_SETTINGS].toSorted());
    const byFile = Object.fromEntries(names.map((name) => [`${name}_FILE`, folder.file(name)]));
    assert.deepEqual(loadConfig(byFile), loadConfig(values));
    assert.deepEqual(loadConfig({ CREDENTIALS_DIRECTORY: folder.file('credentials') }), loadConfig(values));
    assert.deepEqual(loadConfig({ CREDENTIALS_DIRECTORY: folder.file('none') }), loadConfig({}));
    const other = { JWT_SECRET: 'another secret of 32 characters or more' };
    assert.throws(() => loadConfig({ ...byFile, ...other }), /JWT_SECRET: set either JWT_SECRET or JWT_SECRET_FILE/);
    assert.throws(() => loadConfig({ JWT_SECRET_FILE: folder.file('none') }), /JWT_SECRET_FILE: .*ENOENT/);
    const credentials = { CREDENTIALS_DIRECTORY: folder.file('credentials') };
    assert.equal(loadConfig({ ...credentials, ...other }).JWT_SECRET, other.JWT_SECRET);
  });

  it('describes each variable in sentences', () => {
    const settings = documentedSettings();
    assert.deepEqual(
      settings.map(({ name }) => name).toSorted(),
      [...new Set(settings.map(({ name }) => name))].toSorted(),
    );
    for (const { name, description } of settings) {
      assert.match(name, /^[A-Z][A-Z0-9_]*$/);
      assert.match(description, /^[A-Z].{10,}\.$/, name);
    }
  });
});
