import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { documentedSettings, loadConfig, SECRET_SETTINGS } from '#lib/config.ts';
import { redactText } from '#lib/redaction.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const NUMBER = { many: 'must be a number' };
const NOT_NEGATIVE = { ...NUMBER, '-1': 'must be at least 0' };
const POSITIVE = { ...NUMBER, '0': 'must be greater than 0', '-1': 'must be greater than 0' };
const COUNT = { ...POSITIVE, '1.5': 'must be a whole number' };
const PORT = { ...NOT_NEGATIVE, '65536': 'must be at most 65535', '1.5': 'must be a whole number' };
const WEB_URL = {
  'example.org': 'must be a URL that starts with http:// or https://',
  'ftp://example.org': 'must be a URL that starts with http:// or https://',
};
/** Any text is valid. */
const TEXT = {};

/** Variable → invalid value → what the message requires instead. */
const INVALID: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  HOST: TEXT,
  PORT,
  PUBLIC_URL: WEB_URL,
  DATA_DIR: TEXT,
  LOG_LEVEL: { loud: 'must be one of debug, info, warn, error, silent' },
  CORS_ORIGINS: TEXT,
  MAX_BODY_BYTES: COUNT,
  DATABASE_URL: { 'mysql://127.0.0.1/a': 'must be a URL that starts with postgres:// or postgresql://' },
  PGPORT: PORT,
  DATABASE_MAX_CONNECTIONS: COUNT,
  RECORD_RETENTION_DAYS: POSITIVE,
  MAX_RECORDS_PER_DAY: COUNT,
  AUTHENTICATION: { on: 'must be one of auto, required' },
  JWT_SECRET: { short: 'must have at least 32 characters' },
  JWKS_URL: WEB_URL,
  JWT_ISSUER: TEXT,
  JWT_AUDIENCE: TEXT,
  TOKEN_TTL_SECONDS: COUNT,
  TRUSTED_PROXIES: {
    '::1, 10.0.0.0/33': 'must list networks, such as 10.0.0.0/8, or addresses; entry 2 is not one',
  },
  RATE_LIMIT_PER_CALLER: COUNT,
  RATE_LIMIT_PER_ADDRESS: COUNT,
  RATE_LIMIT_BAD_CREDENTIALS: COUNT,
  SECRETS_KEYS: { 'a:b': 'must list keys, ID:KEY with 32 bytes in base64url; entry 1 is not one' },
  PATH: TEXT,
  FFMPEG_PATH: TEXT,
  CONFINEMENT: { none: 'must be one of auto, namespaces, limits' },
  FFMPEG_MEMORY_MIB: { ...NUMBER, '3': 'must be at least 4' },
  FFMPEG_STALL_SECONDS: POSITIVE,
  FFMPEG_STOP_GRACE_SECONDS: POSITIVE,
  MAX_CONCURRENT_STREAMS: COUNT,
  RESERVED_STREAMS: { ...NOT_NEGATIVE, '1.5': 'must be a whole number' },
  MAX_EVENT_STREAMS: COUNT,
  MAX_EVENT_STREAMS_PER_CALLER: COUNT,
  MAX_CPU_SECONDS: POSITIVE,
  MEMORY_LIMIT_MIB: COUNT,
  MAX_DURATION_SECONDS: POSITIVE,
  FIRST_BYTE_TIMEOUT_SECONDS: POSITIVE,
  READER_TIMEOUT_SECONDS: POSITIVE,
  SHUTDOWN_GRACE_SECONDS: NOT_NEGATIVE,
  RUNNER_KINDS: { films: 'must list kinds of work: jobs' },
  JOB_SLOTS: COUNT,
  JOB_OWNER_CONCURRENCY: COUNT,
  JOB_WORKER_FUNCTION: TEXT,
  JOB_WORKER_SECONDS: POSITIVE,
  JOB_NICENESS: { ...NOT_NEGATIVE, '1.5': 'must be a whole number', '20': 'must be at most 19' },
  MAX_JOBS_PER_CALLER: COUNT,
  JOB_PREVIEWS: COUNT,
  JOB_QUEUE_LENGTH: COUNT,
  JOB_RESULT_DAYS: { ...POSITIVE, '1.5': 'must be a whole number', '31': 'must be at most 30' },
  JOB_RECORD_DAYS: POSITIVE,
  SOURCE_ALLOWED_NETWORKS: {
    'localhost:80': 'must list networks, such as 10.0.0.0/8, with an optional `:port`; entry 1 is not one',
  },
  SOURCE_DENIED_NETWORKS: {
    'fd00::/129': 'must list networks, such as 10.0.0.0/8, with an optional `:port`; entry 1 is not one',
  },
  SOURCE_ALLOWED_PORTS: { '7000, 9-1': 'must list ports, or ranges such as 9000-9010; entry 2 is not one' },
  SOURCE_DNS_SERVERS: TEXT,
  SOURCE_BUCKETS: TEXT,
  SOURCE_CONNECT_TIMEOUT_SECONDS: POSITIVE,
  SOURCE_HEADERS_TIMEOUT_SECONDS: POSITIVE,
  SOURCE_OPEN_SECONDS: POSITIVE,
  SOURCE_STALL_SECONDS: POSITIVE,
  SOURCE_MIN_BYTES_PER_SECOND: NOT_NEGATIVE,
  MAX_SOURCE_BYTES: COUNT,
  SPOOL_DIR: TEXT,
  MAX_SPOOL_BYTES: COUNT,
  MAX_SPOOL_TOTAL_BYTES: COUNT,
  DISK_RESERVE_BYTES: NOT_NEGATIVE,
  CACHE_MAX_BYTES: { ...NOT_NEGATIVE, '1.5': 'must be a whole number' },
  DESTINATION_BUCKETS: TEXT,
  CALLBACK_ALLOWED_NETWORKS: {
    'hooks.example': 'must list networks, such as 10.0.0.0/8, with an optional `:port`; entry 1 is not one',
  },
  S3_PORT: PORT,
  S3_ENDPOINT: WEB_URL,
  S3_BUCKET: TEXT,
  UPLOAD_URL_SECONDS: { ...COUNT, '604801': 'must be at most 604800' },
  MAX_STORED_BYTES_PER_CALLER: COUNT,
  MAX_OPEN_UPLOADS_PER_CALLER: COUNT,
  S3_REGION: TEXT,
  AWS_REGION: TEXT,
  AWS_LAMBDA_RUNTIME_API: TEXT,
  S3_ACCESS_KEY_ID: TEXT,
  S3_SECRET_ACCESS_KEY: TEXT,
};

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

  it('requires of each variable what its line says', () => {
    assert.deepEqual(
      Object.keys(INVALID).toSorted(),
      documentedSettings()
        .map(({ name }) => name)
        .toSorted(),
    );
    for (const [name, cases] of Object.entries(INVALID)) {
      for (const [value, requirement] of Object.entries(cases)) {
        assert.throws(() => loadConfig({ [name]: value }), { message: `${name} ${requirement}` });
      }
    }
  });

  it('names every invalid variable, each on a line', () => {
    const bad = { PORT: '65536', LOG_LEVEL: 'loud', JWT_SECRET: 'short', TRUSTED_PROXIES: 'here' };
    assert.throws(
      () => loadConfig(bad),
      ({ message }: Error) => {
        const lines = message.split('\n');
        assert.deepEqual(lines.map((line) => line.split(' ')[0]).toSorted(), Object.keys(bad).toSorted());
        return true;
      },
    );
  });

  it('names its variables in lines that the log leaves readable', () => {
    for (const [name, cases] of Object.entries(INVALID)) {
      for (const requirement of Object.values(cases)) {
        const line = `${name} ${requirement}`;
        assert.equal(redactText(line), line);
      }
    }
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
    const notOne = (entry: number) => `must list keys, ID:KEY with 32 bytes in base64url; entry ${entry} is not one`;
    for (const [bad, reason] of [
      [good, notOne(1)],
      [`a:${good},b:${good.slice(1)}`, notOne(2)],
      [`a:${good}AA`, notOne(1)],
      [`a:${'+/'.repeat(21)}A`, notOne(1)],
      [`a:${good}:${good}`, notOne(1)],
      [`a:${good},a:${good}`, 'must list keys with different ids'],
    ] as const) {
      assert.throws(() => loadConfig({ SECRETS_KEYS: bad }), { message: `SECRETS_KEYS ${reason}` }, bad);
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
    assert.throws(() => loadConfig({ ...byFile, ...other }), /JWT_SECRET and JWT_SECRET_FILE are both set/);
    assert.throws(
      () => loadConfig({ JWT_SECRET_FILE: folder.file('none') }),
      /JWT_SECRET_FILE names a file that cannot be read \(ENOENT\)/,
    );
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
