import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureOf } from '#lib/ffmpeg/failure.ts';
import type { FfmpegOutcome } from '#lib/ffmpeg/outcome.ts';
import { collect, supervise } from '../../support/supervised-ffmpeg.ts';

const FAILED = { kind: 'failed', exitCode: 1, signal: null } as const;

const CASES: readonly [name: string, outcome: FfmpegOutcome, expected: object | undefined][] = [
  [
    'finished work is not a failure',
    { kind: 'finished', log: ['Invalid data found when processing input'] },
    undefined,
  ],
  [
    'a failure is FFMPEG_ERROR with exit code and log',
    { ...FAILED, log: ['Conversion failed!'] },
    {
      code: 'FFMPEG_ERROR',
      details: { exit_code: 1, signal: null, log: ['Conversion failed!'] },
      recoverable: false,
      message: 'ffmpeg ended with exit code 1',
    },
  ],
  [
    'a title in the log does not affect the code',
    { ...FAILED, log: ['    title           : Invalid data found when processing input', 'Conversion failed!'] },
    { code: 'FFMPEG_ERROR', recoverable: false },
  ],
  [
    'a crash is FFMPEG_ERROR and not recoverable',
    { kind: 'failed', exitCode: null, signal: 'SIGSEGV', log: [] },
    { code: 'FFMPEG_ERROR', recoverable: false, message: 'ffmpeg ended with SIGSEGV' },
  ],
  [
    'a kill from outside is recoverable',
    { kind: 'failed', exitCode: null, signal: 'SIGKILL', log: [] },
    { code: 'FFMPEG_ERROR', recoverable: true },
  ],
  [
    'a kill from outside does not depend on the log',
    {
      kind: 'failed',
      exitCode: null,
      signal: 'SIGKILL',
      log: ['Error while decoding stream #0:0: Invalid data found when processing input'],
    },
    { code: 'FFMPEG_ERROR', recoverable: true },
  ],
  ['out of memory fails again', { kind: 'out_of_memory', log: [] }, { code: 'FFMPEG_ERROR', recoverable: false }],
  ['a stop is UNAVAILABLE', { kind: 'stopped', log: [] }, { code: 'UNAVAILABLE', details: { reason: 'stopped' } }],
  [
    'exceeding the time limit is TIMEOUT',
    { kind: 'timed_out', limitSeconds: 5, log: [] },
    {
      code: 'TIMEOUT',
      details: { part: 'ffmpeg', limit_seconds: 5 },
      message: 'ffmpeg ran longer than its limit of 5 seconds',
    },
  ],
  [
    'exceeding the limit of CPU time is PAYLOAD_TOO_LARGE',
    { kind: 'out_of_cpu', limitSeconds: 60, log: [] },
    {
      code: 'PAYLOAD_TOO_LARGE',
      recoverable: false,
      details: { part: 'ffmpeg', limit_cpu_seconds: 60 },
      message: 'ffmpeg used more than its limit of 60 seconds of CPU time',
    },
  ],
  [
    'inactivity is TIMEOUT',
    { kind: 'stalled', limitSeconds: 20, log: [] },
    {
      code: 'TIMEOUT',
      details: { part: 'ffmpeg', limit_seconds: 20 },
      message: 'ffmpeg made no progress for 20 seconds',
    },
  ],
];

const NOT_MEDIA = [
  'pipe:3: Invalid data found when processing input',
  "Stream map '0:a:0' matches no streams.",
  'Output file #0 does not contain any stream',
  '[mov,mp4 @ 0x55] moov atom not found',
  "[hls @ 0x55] Format not on whitelist 'mp3'",
  'pipe:3: End of file',
  'async:pipe:3: Input/output error',
  'file:/proc/self/fd/3: Invalid argument',
  '[in#0/ogg @ 0x55] Error opening input: End of file',
  '[aiff @ 0x55] file is not seekable',
  '[SWR @ 0x55] Rematrix is needed between 2 channels and stereo but there is not enough information to do it',
  "Stream map '' matches no streams.",
  'Cannot determine format of input stream 0:0 after EOF',
  '[mp3 @ 0x55] Failed to read frame size: Could not seek to 1026.',
];

/** Log lines about an ffmpeg that lacks something. */
const INCAPABLE = ["[af#0:0 @ 0x55] No such filter: 'rubberband'", "Unknown encoder 'libopus'"];

describe('the error for an outcome', () => {
  for (const [name, outcome, expected] of CASES) {
    it(name, () => {
      const failure = failureOf(outcome);
      if (expected === undefined) assert.equal(failure, undefined);
      else assert.partialDeepStrictEqual({ ...failure, message: failure?.message }, expected);
    });
  }

  for (const line of NOT_MEDIA) {
    it(`“${line}” is UNSUPPORTED_FORMAT`, () => {
      assert.equal(failureOf({ ...FAILED, log: ['before', line, 'after'] })?.code, 'UNSUPPORTED_FORMAT');
    });
  }

  for (const line of INCAPABLE) {
    it(`“${line}” is UNAVAILABLE, with that line as its message`, () => {
      const { code, recoverable, message } = failureOf({ ...FAILED, log: ['before', line, 'after'] }) ?? {};
      assert.deepEqual({ code, recoverable, message }, { code: 'UNAVAILABLE', recoverable: false, message: line });
    });
  }

  it('is FFMPEG_ERROR for lines that mean nothing', () => {
    const log = ['Failed to inject frame into filter network: Invalid argument', 'Conversion failed!'];
    assert.equal(failureOf({ ...FAILED, log })?.code, 'FFMPEG_ERROR');
  });

  it('is UNSUPPORTED_FORMAT when a real ffmpeg reads junk', async () => {
    for (const demuxer of ['flac', 'wav', 'matroska', 'mov', 'ogg']) {
      await using ffmpeg = supervise({
        args: ['-f', demuxer, '-i', 'pipe:3', '-map', '0:a:0', '-f', 's16le', 'pipe:1'],
        input: 'pipe',
      });
      ffmpeg.input?.end(Buffer.alloc(100_000, 'junk'));
      assert.equal((await collect(ffmpeg.output)).length, 0);
      const outcome = await ffmpeg.outcome;
      assert.equal(failureOf(outcome)?.code, 'UNSUPPORTED_FORMAT', `${demuxer}: ${outcome.log.join('\n')}`);
    }
  });
});
