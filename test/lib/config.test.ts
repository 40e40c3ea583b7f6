import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { documentedSettings, loadConfig } from '#lib/config.ts';

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
