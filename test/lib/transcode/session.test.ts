import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import type { FfmpegProcess } from '#lib/ffmpeg/process.ts';
import { createRenditions } from '#lib/renditions/renditions.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import { openSession, type SessionDependencies } from '#lib/transcode/session.ts';
import { LeftError } from '#lib/transcode/session-outcome.ts';
import { createShare } from '#lib/work/shares.ts';
import { createTimeline } from '#lib/work/timeline.ts';
import { decode } from '../../support/audio.ts';
import { endlessWav } from '../../support/endless-wav.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { descriptorsOf, gone } from '../../support/leaks.ts';
import { QUIET_LOG } from '../../support/quiet-log.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { collect, supervise } from '../../support/supervised-ffmpeg.ts';
import { playbackSettings } from '../../support/transcode-requests.ts';

let folder: ScratchFolder;
let wav: Buffer;
let m4a: Buffer;

before(() => {
  folder = scratchFolder();
  const tone = (name: string, options: readonly string[]): Buffer => {
    const file = folder.file(name);
    execFileSync(FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=20:r=8000', ...options, file]);
    return readFileSync(file);
  };
  wav = tone('tone.wav', []);
  m4a = tone('tone.m4a', ['-c:a', 'aac']);
});
after(() => folder[Symbol.dispose]());

const WAV = { container: 'wav', demuxer: 'wav', index: 'first' } as const;
const M4A = { container: 'mp4', demuxer: 'mov', index: 'last' } as const;

type Options = Partial<SessionDependencies> & {
  readonly request?: Readonly<Record<string, unknown>>;
  readonly format?: OpenedSource['format'];
  readonly signal?: AbortSignal;
};

/** A session with a real ffmpeg and a source whose bytes the test provides. */
function open(body: Readable, { request, format = WAV, signal, ...dependencies }: Options = {}) {
  body.on('error', () => undefined);
  const started: FfmpegProcess[] = [];
  const session = openSession(
    { ...playbackSettings({ output_format: 'pcm', sample_rate: 8_000, channels: 1, ...request }), sourceUrl: 'a' },
    {
      openSource: async () => ({
        description: 'a',
        size: undefined,
        version: undefined,
        format,
        body,
        tail: async () => undefined,
        close: () => body.destroy(),
      }),
      startFfmpeg(command) {
        const ffmpeg = supervise(command);
        started.push(ffmpeg);
        return ffmpeg;
      },
      spool: { directory: folder.path, reserveBytes: 0, maxBytes: 1e8 },
      spoolBytes: createShare({ budget: 'spool_bytes', limit: 1e9, reserve: 1e8 }),
      account: 'ann',
      isGreedy: () => false,
      openMs: 60_000,
      firstByteMs: 20_000,
      readerTimeoutMs: 60_000,
      maxDurationSeconds: 3_600,
      maxCpuSeconds: 900,
      losesPitchedEnd: false,
      log: QUIET_LOG,
      renditions: createRenditions({ directory: folder.path, maxBytes: 0, reserveBytes: 0 }),
      renditionKey: () => undefined,
      ...dependencies,
    },
    { signal: signal ?? new AbortController().signal, timeline: createTimeline(), onProgress: () => undefined },
  );
  const assertNothingLeft = async () => {
    await gone(
      started.map(({ pid }) => pid),
      0,
    );
    assert.equal(body.destroyed, true, 'the source is still open');
    assert.deepEqual(readdirSync(folder.path).toSorted(), ['tone.m4a', 'tone.wav']);
    const spooled = descriptorsOf(process.pid).filter((target) => target.startsWith(folder.path));
    assert.deepEqual(spooled, [], 'temporary files are still open');
  };
  return { ...session, assertNothingLeft };
}

describe('a session', () => {
  it('delivers the whole audio and completes', async () => {
    const { started, ended, assertNothingLeft } = open(Readable.from([wav]));
    const { sourceFormat, body } = await started;
    assert.equal(sourceFormat, 'wav/pcm_s16le');
    const output = await collect(body);
    assert.equal(output.length, 20 * 8_000 * 2);
    assert.deepEqual(await ended, { state: 'completed', bytes: output.length });
    await assertNothingLeft();
  });

  it('spools a source whose index is at its end', async () => {
    const { started, ended, assertNothingLeft } = open(Readable.from([m4a]), {
      format: M4A,
      request: { output_format: 'opus', sample_rate: 48_000 },
    });
    const { rate, samples } = await decode(await collect((await started).body));
    assert.ok(Math.abs(samples.length / rate - 20) < 0.2);
    assert.equal((await ended).state, 'completed');
    await assertNothingLeft();
  });

  it('limits the CPU time of ffmpeg, and starts it with the priority of its kind', async () => {
    const limits: unknown[] = [];
    const niceness: number[] = [];
    const { started, ended } = open(Readable.from([wav]), {
      request: { duration: 1_800 },
      isGreedy: () => true,
      startFfmpeg(command) {
        limits.push(command.limits?.cpuSeconds);
        const ffmpeg = supervise(command);
        return { ...ffmpeg, yieldProcessor: (value) => void niceness.push(value) };
      },
    });
    await collect((await started).body);
    await ended;
    assert.deepEqual([limits, niceness], [[450], [15]]);
  });

  it('fails when its source takes too long to open, and frees everything', async () => {
    const never = new Readable({ read: () => undefined });
    const { started, ended, assertNothingLeft } = open(never, { format: M4A, openMs: 200 });
    await assert.rejects(started, { code: 'TIMEOUT', details: { part: 'source', limit_seconds: 0.2 } });
    assert.equal((await ended).state, 'failed');
    await assertNothingLeft();
  });

  it('fails when its caller may copy no more to disk, and gives back what it took', async () => {
    const spoolBytes = createShare({ budget: 'spool_bytes', limit: 100_000, reserve: 1_000 });
    const { started, ended, assertNothingLeft } = open(Readable.from([m4a.subarray(0, 60_000), m4a]), {
      format: M4A,
      spoolBytes,
    });
    await assert.rejects(started, { code: 'OVERLOADED', message: /spool bytes/ });
    await ended;
    assert.equal(spoolBytes.total(), 0);
    await assertNothingLeft();
  });

  it('always completes when its end is long before that of the source', async () => {
    for (let round = 0; round < 8; round += 1) {
      const body = Readable.from(endlessWav(wav), { objectMode: false });
      const { started, ended, assertNothingLeft } = open(body, { request: { duration: 0.5 } });
      assert.equal((await collect((await started).body)).length, 0.5 * 8_000 * 2);
      assert.equal((await ended).state, 'completed');
      await assertNothingLeft();
    }
  });

  it('completes without a byte when it starts after the end of the source', async () => {
    const { started, ended } = open(Readable.from([wav]), { request: { start_at: 100 } });
    assert.equal((await collect((await started).body)).length, 0);
    assert.deepEqual(await ended, { state: 'completed', bytes: 0 });
  });

  it('fails before its first byte when the source contains no audio', async () => {
    const { started, ended, assertNothingLeft } = open(Readable.from([Buffer.alloc(50_000, 'junk')]));
    await assert.rejects(started, { code: 'UNSUPPORTED_FORMAT' });
    assert.equal((await ended).state, 'failed');
    await assertNothingLeft();
  });

  it('fails with the error of the source when that is cut, after delivering its audio', async () => {
    const source = new PassThrough();
    const { started, ended, assertNothingLeft } = open(source);
    source.write(wav.subarray(0, 100_000));
    const { body } = await started;
    const reason = new AppError('DOWNLOAD_FAILED');
    source.destroy(reason);
    await assert.rejects(collect(body), reason);
    const end = await ended;
    assert.ok(end.state === 'failed' && end.error === reason);
    await assertNothingLeft();
  });

  it('fails in time when ffmpeg produces no first byte', async () => {
    const { started, ended, assertNothingLeft } = open(new PassThrough(), { firstByteMs: 300 });
    await assert.rejects(started, { code: 'TIMEOUT' });
    assert.equal((await ended).state, 'failed');
    await assertNothingLeft();
  });

  it('fails when the source cannot be opened', async () => {
    const openSource = () => Promise.reject(new AppError('SOURCE_FORBIDDEN'));
    const { started, ended } = open(Readable.from([wav]), { openSource });
    await assert.rejects(started, { code: 'SOURCE_FORBIDDEN' });
    assert.equal((await ended).state, 'failed');
  });

  it('fails and closes the source when ffmpeg cannot be started', async () => {
    const startFfmpeg = () => {
      throw new AppError('UNAVAILABLE', { part: 'ffmpeg' });
    };
    const { started, ended, assertNothingLeft } = open(Readable.from([wav]), { startFfmpeg });
    await assert.rejects(started, { code: 'UNAVAILABLE' });
    assert.equal((await ended).state, 'failed');
    await assertNothingLeft();
  });

  it('is cut at the longest duration', async () => {
    const body = Readable.from(endlessWav(wav), { objectMode: false });
    const { started, ended, assertNothingLeft } = open(body, { maxDurationSeconds: 30 });
    await assert.rejects(collect((await started).body), { code: 'PAYLOAD_TOO_LARGE' });
    assert.equal((await ended).state, 'failed');
    await assertNothingLeft();
  });

  it('applies a change as soon as it plays, however early the change is requested', async () => {
    const spawned = Promise.withResolvers<void>();
    const startFfmpeg = (command: Parameters<typeof supervise>[0]): FfmpegProcess => {
      const ffmpeg = supervise(command, { by: 'q' });
      spawned.resolve();
      return ffmpeg;
    };
    const source = new PassThrough();
    const session = open(source, { startFfmpeg, request: { live: true, duration: 3, lead_seconds: 0.5 } });
    await spawned.promise;
    const change = session.adjust({ volume: 0.5 });
    source.end(wav);
    const [{ filters }] = await Promise.all([change, session.started.then(({ body }) => collect(body))]);
    assert.equal(filters.volume, 0.5);
    await session.assertNothingLeft();
  });

  it('is cancelled when the reader disconnects', async () => {
    const { started, ended, assertNothingLeft } = open(Readable.from(endlessWav(wav), { objectMode: false }));
    (await started).body.destroy();
    assert.partialDeepStrictEqual(await ended, { state: 'cancelled', by: 'reader' });
    await assertNothingLeft();
  });

  it('is cancelled when the client disconnects before the first byte', async () => {
    const client = new AbortController();
    const { started, ended, assertNothingLeft } = open(new PassThrough(), { signal: client.signal });
    client.abort();
    await assert.rejects(started);
    assert.partialDeepStrictEqual(await ended, { state: 'cancelled', by: 'reader' });
    await assertNothingLeft();
  });

  it('is cancelled by the request, even if the reader disconnects afterwards', async () => {
    const stop = new AbortController();
    const body = Readable.from(endlessWav(wav), { objectMode: false });
    const { started, ended, assertNothingLeft } = open(body, { signal: stop.signal });
    const { body: audio } = await started;
    stop.abort(new LeftError('request'));
    audio.destroy();
    assert.partialDeepStrictEqual(await ended, { state: 'cancelled', by: 'request' });
    await assertNothingLeft();
  });

  it('fails with the error it is stopped with', async () => {
    const stop = new AbortController();
    const body = Readable.from(endlessWav(wav), { objectMode: false });
    const { started, ended, assertNothingLeft } = open(body, { signal: stop.signal });
    const { body: audio } = await started;
    const reason = new AppError('UNAVAILABLE', { reason: 'shutting_down' });
    stop.abort(reason);
    await assert.rejects(collect(audio), reason);
    const end = await ended;
    assert.ok(end.state === 'failed' && end.error === reason);
    await assertNothingLeft();
  });
});
