import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { activeStreams, call, openTranscode, readAll, transcode } from '../support/client.ts';
import { assertError } from '../support/error-shape.ts';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/gate.ts';
import { type Host, startHost } from '../support/host.ts';
import { endless, type HttpSource, serve, startHttpSource } from '../support/http-source.ts';
import { childrenOf, gone } from '../support/leaks.ts';
import { createMediaFolder, noise } from '../support/media.ts';

const cleanUp = new AsyncDisposableStack();
let source: HttpSource;
let mp3: Buffer;
/** Sends a beginning and holds the rest back, so that ffmpeg waits midway. */
let held: ReturnType<typeof gated>;

before(async () => {
  await using media = await createMediaFolder();
  mp3 = await media.make('a.mp3', noise('pink', 10), ['-c:a', 'libmp3lame', '-b:a', '192k']);
  held = gated(mp3, Math.round(mp3.length / 2));
  source = cleanUp.use(
    await startHttpSource((request, response) => {
      if (request.url === '/held') held.behave(request, response);
      else if (request.url === '/endless') endless(mp3)(request, response);
      else if (request.url === '/1-hz') serve(wavOf(1))(request, response);
      else serve(mp3)(request, response);
    }),
  );
});
after(() => cleanUp.disposeAsync());

/** A WAV whose header claims a sample rate. One packet of a very low rate becomes hours of audio. */
function wavOf(rate: number): Buffer {
  const data = Buffer.alloc(262_144, 'noise');
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.set([16, 0, 0, 0, 1, 0, 1, 0], 16);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(2 * rate, 28);
  header.set([2, 0, 16, 0], 32);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

function hostWith(settings: Record<string, string | number>): Promise<Host> {
  return startHost({ SOURCE_ALLOWED_NETWORKS: source.network, ...settings });
}

function fields(path = '/a', output_format = 'opus') {
  return { source_url: source.origin + path, output_format };
}

/** The outcome of the only transcode. */
async function onlyEnd(host: Host): Promise<Record<string, unknown>> {
  return await eventually(() => {
    const [end] = host.log().filter(({ msg }) => msg === 'transcode');
    assert.ok(end, 'no transcode has ended');
    return end;
  });
}

function ffmpegOf(host: Host): number {
  const [child] = childrenOf(host.pid);
  assert.ok(child !== undefined);
  assert.match(child.name, /^ffmpeg/);
  return child.pid;
}

describe('Memory', { concurrency: 2 }, () => {
  for (const mebibytes of [4, 6]) {
    it(`an ffmpeg limited to ${mebibytes} MiB fails, and would fail again`, async () => {
      await using host = await hostWith({ FFMPEG_MEMORY_MIB: mebibytes });
      const details = { reason: 'ffmpeg_memory' };
      const answer = await transcode(host, { ...fields(), filters: { pitch: 12 } });
      assertError(answer, { status: 502, code: 'FFMPEG_ERROR', recoverable: false, details });
      const { body } = await call(host, '/metrics');
      assert.match(body.toString(), /^ffmpeg_exits_total\{outcome="out_of_memory"\} 1$/m);
      assert.deepEqual([await activeStreams(host), childrenOf(host.pid).length], [0, 0]);
    });
  }

  it('an ffmpeg with any limit either completes or fails by its limit', async () => {
    for (const mebibytes of [4, 8, 12, 24, 48]) {
      await using host = await hostWith({ FFMPEG_MEMORY_MIB: mebibytes });
      const answer = await transcode(host, fields());
      if (answer.status === 200) assert.ok(answer.complete);
      else assertError(answer, { status: 502, code: 'FFMPEG_ERROR', details: { reason: 'ffmpeg_memory' } });
    }
  });

  it('a source that no limit suffices for is not recoverable', async () => {
    await using host = await hostWith({});
    const answer = await transcode(host, fields('/1-hz'));
    assertError(answer, { status: 502, code: 'FFMPEG_ERROR', recoverable: false });
    assert.equal(answer.headers['retry-after'], undefined);
  });

  it('an ffmpeg with the default limit completes', async () => {
    await using host = await hostWith({ FFMPEG_MEMORY_MIB: 64 });
    for (const format of ['opus', 'aac', 'pcm']) assert.ok((await transcode(host, fields('/a', format))).complete);
  });

  it('a host above its watermark refuses requests', async () => {
    await using host = await hostWith({ MEMORY_LIMIT_MIB: 10 });
    const expected = { status: 503, code: 'OVERLOADED', recoverable: true, details: { reason: 'memory' } } as const;
    assertError(await transcode(host, fields()), expected);
    assert.equal((await call(host, '/health')).status, 200);
  });
});

describe('Time', { concurrency: 2 }, () => {
  for (const output_format of ['opus', 'aac', 'pcm']) {
    it(`an endless source is cut after MAX_DURATION_SECONDS of ${output_format}`, async (t) => {
      await using host = await hostWith({ MAX_DURATION_SECONDS: 30 });
      const { status, complete, body } = await transcode(host, fields('/endless', output_format));
      assert.deepEqual([status, complete], [200, false]);
      if (output_format === 'pcm') {
        const seconds = body.length / 48_000 / 4;
        t.diagnostic(`${seconds.toFixed(1)} s were delivered`);
        assert.ok(seconds > 29 && seconds < 32, `${seconds} s were delivered`);
      }
      const end = await onlyEnd(host);
      assert.deepEqual([end['outcome'], end['code']], ['failed', 'PAYLOAD_TOO_LARGE']);
      assert.deepEqual(childrenOf(host.pid), []);
    });
  }

  it('a shorter source completes', async () => {
    await using host = await hostWith({ MAX_DURATION_SECONDS: 10.5 });
    assert.ok((await transcode(host, fields())).complete);
  });
});

describe('An ffmpeg that', { concurrency: 2 }, () => {
  it('is killed midway cuts the response', async () => {
    await using host = await hostWith({});
    const response = await openTranscode(host, fields('/held'));
    await once(response, 'readable');
    process.kill(ffmpegOf(host), 'SIGKILL');
    const { status, complete, body } = await readAll(response);
    assert.deepEqual([status, complete], [200, false]);
    assert.ok(body.length > 0);
    const end = await onlyEnd(host);
    assert.deepEqual([end['outcome'], end['code']], ['failed', 'FFMPEG_ERROR']);
    assert.ok((await transcode(host, fields())).complete, 'the next transcode completes');
  });

  it('is killed before its first byte is FFMPEG_ERROR', async () => {
    // Two frames: enough to start ffmpeg, too little for output.
    await using silent = await startHttpSource(gated(mp3, 1_500).behave);
    await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: silent.network });
    const answer = transcode(host, { source_url: silent.origin, output_format: 'opus' });
    process.kill(await eventually(() => ffmpegOf(host)), 'SIGKILL');
    assertError(await answer, { status: 502, code: 'FFMPEG_ERROR', recoverable: true });
  });

  it('stalls is stopped, and its response is cut', async () => {
    await using host = await hostWith({ FFMPEG_STALL_SECONDS: 1, FFMPEG_STOP_GRACE_SECONDS: 0.5 });
    const response = await openTranscode(host, fields('/held'));
    const pid = ffmpegOf(host);
    process.kill(pid, 'SIGSTOP');
    const { complete } = await readAll(response);
    assert.equal(complete, false);
    await gone([pid], 1_000);
    const end = await onlyEnd(host);
    assert.deepEqual([end['outcome'], end['code']], ['failed', 'TIMEOUT']);
    assert.equal(await activeStreams(host), 0);
  });

  it('cannot be started is UNAVAILABLE, and the host is unhealthy', async () => {
    await using host = await hostWith({ FFMPEG_PATH: '/bin/true' });
    const answer = await transcode(host, fields());
    assertError(answer, { status: 503, code: 'UNAVAILABLE', details: { part: 'ffmpeg' } });
    const health = await call(host, '/health');
    assert.deepEqual([health.status, health.json().status], [503, 'unhealthy']);
  });
});
