import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FfmpegOutcome } from '#lib/ffmpeg/outcome.ts';
import { failureOf } from '#lib/transcode/failure.ts';
import { collect, supervise } from '../../support/supervised-ffmpeg.ts';

const FAILED = { kind: 'failed', exitCode: 1, signal: null } as const;

const CASES: readonly [name: string, outcome: FfmpegOutcome, expected: object | undefined][] = [
  ['finished work is no failure', { kind: 'finished', log: ['Invalid data found when processing input'] }, undefined],
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
    'a title that ffmpeg repeats says nothing of the format',
    { ...FAILED, log: ['    title           : Invalid data found when processing input', 'Conversion failed!'] },
    { code: 'FFMPEG_ERROR', recoverable: false },
  ],
  [
    'a crash is FFMPEG_ERROR, and would crash again',
    { kind: 'failed', exitCode: null, signal: 'SIGSEGV', log: [] },
    { code: 'FFMPEG_ERROR', recoverable: false, message: 'ffmpeg ended with SIGSEGV' },
  ],
  [
    'a kill from outside may not happen again',
    { kind: 'failed', exitCode: null, signal: 'SIGKILL', log: [] },
    { code: 'FFMPEG_ERROR', recoverable: true },
  ],
  ['no memory is OVERLOADED', { kind: 'out_of_memory', log: [] }, { code: 'OVERLOADED', recoverable: true }],
  ['a stop is UNAVAILABLE', { kind: 'stopped', log: [] }, { code: 'UNAVAILABLE', details: { reason: 'stopped' } }],
  [
    'too long is TIMEOUT',
    { kind: 'timed_out', limitSeconds: 5, log: [] },
    { code: 'TIMEOUT', details: { part: 'ffmpeg', limit_seconds: 5 }, message: 'ffmpeg took too long' },
  ],
  [
    'silence is TIMEOUT',
    { kind: 'stalled', limitSeconds: 20, log: [] },
    { code: 'TIMEOUT', details: { part: 'ffmpeg', limit_seconds: 20 }, message: 'ffmpeg made no progress' },
  ],
];

const NOT_MEDIA = [
  'pipe:3: Invalid data found when processing input',
  "Stream map '0:a:0' matches no streams.",
  'Output file #0 does not contain any stream',
  '[mov,mp4 @ 0x55] moov atom not found',
  "[hls @ 0x55] Format not on whitelist 'mp3'",
];

describe('what an outcome means for the caller', () => {
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

  it('is UNSUPPORTED_FORMAT when a real ffmpeg is given junk', async () => {
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
