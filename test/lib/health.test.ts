import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Check, createHealth, HEALTH, type HealthOptions } from '#lib/health.ts';

const OK: Check = { status: 'ok' };
const FFMPEG = { version: '5.1', confinement: 'full' } as const;
const BUILDS = { audio: { version: '5.1', missing: ['decoder:libopencore_amrnb'] }, full: null };
const NO_FFMPEG = { version: null, confinement: null };

function health(options: Partial<HealthOptions> & { ffmpeg?: Check } = {}) {
  const { ffmpeg = OK, ...rest } = options;
  return createHealth({
    version: '1.2.3',
    activeStreams: () => 4,
    isClosing: () => false,
    checkFfmpeg: async () => ({ ...ffmpeg, ...(ffmpeg.status === 'failed' ? NO_FFMPEG : FFMPEG) }),
    checkBuilds: async () => BUILDS,
    checkStore: async () => OK,
    checkStorage: () => OK,
    checkRunners: async () => ({ jobs: { status: 'disabled' } }),
    ...rest,
  });
}

describe('the health report', () => {
  it('is healthy when every component is healthy or not configured', async () => {
    const disabled: Check = { status: 'disabled' };
    const report = await health({ checkStorage: () => disabled, checkStore: async () => disabled }).report();
    assert.deepEqual(HEALTH.parse(report), report);
    assert.deepEqual(
      { ...report, uptime_seconds: 0 },
      {
        status: 'healthy',
        service: 'ffmpeg-functions',
        version: '1.2.3',
        uptime_seconds: 0,
        active_streams: 4,
        ffmpeg_version: '5.1',
        confinement: 'full',
        ffmpeg_builds: BUILDS,
        checks: {
          ffmpeg: OK,
          store: { status: 'disabled' },
          storage: { status: 'disabled' },
          runners: { jobs: { status: 'disabled' } },
        },
      },
    );
  });

  it('is degraded when a component fails that not every request needs', async () => {
    const degraded: Check = { status: 'degraded', message: 'lacks filter:rubberband' };
    const failed: Check = { status: 'failed', message: 'the S3 server does not respond' };
    assert.equal((await health({ ffmpeg: degraded }).report()).status, 'degraded');
    const report = await health({ checkStorage: () => failed }).report();
    assert.equal(report.status, 'degraded');
    assert.deepEqual(report.checks.storage, failed);
    const away = await health({ checkStore: async () => failed }).report();
    assert.equal(away.status, 'degraded');
    assert.deepEqual(away.checks.store, failed);
  });

  it('is unhealthy without ffmpeg, and reports the reason', async () => {
    const report = await health({ ffmpeg: { status: 'failed', message: 'no usable ffmpeg' } }).report();
    assert.equal(report.status, 'unhealthy');
    assert.equal(report.ffmpeg_version, null);
    assert.equal(report.confinement, null);
    assert.deepEqual(report.checks.ffmpeg, { status: 'failed', message: 'no usable ffmpeg' });
  });

  it('is unhealthy once the service admits no new work', async () => {
    assert.equal((await health({ isClosing: () => true }).report()).status, 'unhealthy');
  });
});

describe('readiness', () => {
  it('is ok while the service accepts new work, even when it is degraded', async () => {
    assert.deepEqual(await health().ready(), { status: 'ok' });
    assert.deepEqual(await health({ checkStorage: () => ({ status: 'failed' }) }).ready(), { status: 'ok' });
  });

  it('fails without ffmpeg and while the service is closing', async () => {
    assert.deepEqual(await health({ ffmpeg: { status: 'failed' } }).ready(), { status: 'failed' });
    assert.deepEqual(await health({ isClosing: () => true }).ready(), { status: 'failed' });
  });
});
