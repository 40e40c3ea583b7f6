import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { type Answer, activeStreams, call, openTranscode, readAll, transcode } from '../support/client.ts';
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
      // Two frames: enough to start ffmpeg, too little for output.
      else if (request.url === '/start') gated(mp3, 1_500).behave(request, response);
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

/** The log line about the end of a transcode. */
async function endOf(host: Host, { headers }: Pick<Answer, 'headers'>): Promise<Record<string, unknown>> {
  return await eventually(() => {
    const end = host.log().find(({ transcode_id }) => transcode_id === headers['x-transcode-id']);
    assert.ok(end, 'the transcode has not ended');
    return end;
  });
}

function ffmpegOf(host: Host): number {
  const [child, ...others] = childrenOf(host.pid);
  assert.ok(child !== undefined && others.length === 0);
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
      assert.match(body.toString(), /^ffmpeg_exits_total\{outcome="memory"\} 1$/m);
      assert.deepEqual([await activeStreams(host), childrenOf(host.pid).length], [0, 0]);
      await completesOrFailsByItsLimit(host);
    });
  }

  it('an ffmpeg with any limit either completes or fails by its limit', async () => {
    for (const mebibytes of [8, 24]) {
      await using host = await hostWith({ FFMPEG_MEMORY_MIB: mebibytes });
      await completesOrFailsByItsLimit(host);
    }
  });

  async function completesOrFailsByItsLimit(host: Host): Promise<void> {
    const answer = await transcode(host, fields());
    if (answer.status === 200) assert.ok(answer.complete);
    else assertError(answer, { status: 502, code: 'FFMPEG_ERROR', details: { reason: 'ffmpeg_memory' } });
  }

  it('a source that no limit suffices for is not recoverable', async () => {
    await using host = await hostWith({});
    const answer = await transcode(host, fields('/1-hz'));
    assertError(answer, { status: 502, code: 'FFMPEG_ERROR', recoverable: false });
    assert.equal(answer.headers['retry-after'], undefined);
  });

  it('a host above its watermark refuses requests', async () => {
    await using host = await hostWith({ MEMORY_LIMIT_MIB: 10 });
    const expected = { status: 503, code: 'OVERLOADED', recoverable: true, details: { reason: 'memory' } } as const;
    assertError(await transcode(host, fields()), expected);
    assert.equal((await call(host, '/health')).status, 200);
  });
});

describe('Time', () => {
  /** Half a second more than the shorter source has. */
  const LIMIT_SECONDS = 10.5;
  let host: Host;
  before(async () => {
    host = await hostWith({ MAX_DURATION_SECONDS: LIMIT_SECONDS });
  });
  after(() => host[Symbol.asyncDispose]());

  for (const output_format of ['opus', 'aac', 'pcm']) {
    it(`an endless source is cut after MAX_DURATION_SECONDS of ${output_format}`, async (t) => {
      const answer = await transcode(host, fields('/endless', output_format));
      assert.deepEqual([answer.status, answer.complete], [200, false]);
      if (output_format === 'pcm') {
        const seconds = answer.body.length / 48_000 / 4;
        t.diagnostic(`${seconds.toFixed(1)} s were delivered`);
        assert.ok(seconds > LIMIT_SECONDS - 1 && seconds < LIMIT_SECONDS + 2, `${seconds} s were delivered`);
      }
      const end = await endOf(host, answer);
      assert.deepEqual([end['outcome'], end['code']], ['failed', 'PAYLOAD_TOO_LARGE']);
      assert.deepEqual(childrenOf(host.pid), []);
    });
  }

  it('a shorter source completes', async () => {
    assert.ok((await transcode(host, fields())).complete);
  });
});

describe('An ffmpeg with 64 MiB', () => {
  let host: Host;
  before(async () => {
    host = await hostWith({ FFMPEG_MEMORY_MIB: 64 });
  });
  after(() => host[Symbol.asyncDispose]());

  it('completes', async () => {
    for (const format of ['opus', 'aac', 'pcm']) assert.ok((await transcode(host, fields('/a', format))).complete);
  });

  it('that is killed midway cuts the response', async () => {
    const response = await openTranscode(host, fields('/held'));
    await once(response, 'readable');
    process.kill(ffmpegOf(host), 'SIGKILL');
    const answer = await readAll(response);
    assert.deepEqual([answer.status, answer.complete], [200, false]);
    assert.ok(answer.body.length > 0);
    const end = await endOf(host, answer);
    assert.deepEqual([end['outcome'], end['code']], ['failed', 'FFMPEG_ERROR']);
    assert.ok((await transcode(host, fields())).complete, 'the next transcode completes');
  });

  it('that is killed before its first byte is FFMPEG_ERROR', async () => {
    await gone(
      childrenOf(host.pid).map(({ pid }) => pid),
      5_000,
    );
    const answer = transcode(host, fields('/start'));
    process.kill(await eventually(() => ffmpegOf(host)), 'SIGKILL');
    assertError(await answer, { status: 502, code: 'FFMPEG_ERROR', recoverable: true });
  });
});

describe('An ffmpeg that', { concurrency: 2 }, () => {
  it('stalls is stopped, and its response is cut', async () => {
    await using host = await hostWith({ FFMPEG_STALL_SECONDS: 1, FFMPEG_STOP_GRACE_SECONDS: 0.5 });
    const response = await openTranscode(host, fields('/held'));
    const pid = ffmpegOf(host);
    process.kill(pid, 'SIGSTOP');
    const answer = await readAll(response);
    assert.equal(answer.complete, false);
    await gone([pid], 1_000);
    const end = await endOf(host, answer);
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
