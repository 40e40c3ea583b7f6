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
  ['out of memory is OVERLOADED', { kind: 'out_of_memory', log: [] }, { code: 'OVERLOADED', recoverable: true }],
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

/** Log lines of 5.1, 7.0 and 9.0 about a URL, with the code they mean and whether a retry may succeed. */
const OPENED: readonly [lines: readonly string[], code: string, recoverable: boolean][] = [
  [['[http @ 0x55] HTTP error 404 Not Found', 'http://h/a: Server returned 404 Not Found'], 'DOWNLOAD_FAILED', false],
  [
    ['[http @ 0x55] HTTP error 503 Busy', 'http://h/a: Server returned 5XX Server Error reply'],
    'DOWNLOAD_FAILED',
    true,
  ],
  [
    [
      '[http @ 0x55] HTTP error 416 Range Not Satisfiable',
      'http://h/a: Server returned 4XX Client Error, but not one of 40{0,1,3,4}',
    ],
    'UNSUPPORTED_FORMAT',
    false,
  ],
  [['file:/nowhere/a.mp3: No such file or directory'], 'DOWNLOAD_FAILED', false],
  [['file:/tmp: Is a directory'], 'DOWNLOAD_FAILED', false],
  [['[tcp @ 0x55] Connection to tcp://h:9 failed: Connection refused'], 'DOWNLOAD_FAILED', true],
  [['http://h/a?[redacted] Connection reset by peer'], 'DOWNLOAD_FAILED', true],
  [
    ['[tcp @ 0x55] Failed to resolve hostname h: Name or service not known', 'http://h/a.mp3: Input/output error'],
    'DOWNLOAD_FAILED',
    true,
  ],
  [
    ['[http @ 0x55] Stream ends prematurely at 30, should be 100000', 'http://h/a: Input/output error'],
    'DOWNLOAD_FAILED',
    true,
  ],
  [
    ['[tls @ 0x55] An unexpected TLS packet was received.', '[in#0 @ 0x55] Error opening input: Input/output error'],
    'DOWNLOAD_FAILED',
    true,
  ],
  [
    [
      '[http @ 0x55] Error reading HTTP response: End of file',
      '[in#0 @ 0x55] Error opening input: End of file',
      'Error opening input files: End of file',
    ],
    'DOWNLOAD_FAILED',
    true,
  ],
  [
    ['[http @ 0x55] Will reconnect at 40 in 0 second(s), error=Connection timed out.', 'http://h/a: End of file'],
    'DOWNLOAD_FAILED',
    true,
  ],
  // A server that closes without a response causes no other line. A demuxer that received bytes logs a line of its own.
  [['https://h/a?[redacted] Input/output error'], 'DOWNLOAD_FAILED', true],
  [
    ['[flac @ 0x55] Format flac detected only with low score of 1', 'https://h/a?[redacted] Input/output error'],
    'UNSUPPORTED_FORMAT',
    false,
  ],
  [['file:/tmp/my music/a.flac: Input/output error'], 'UNSUPPORTED_FORMAT', false],
  [['[in#0 @ 0x55] Error opening input: End of file'], 'DOWNLOAD_FAILED', true],
  [['[in#0/ogg @ 0x55] Error opening input: End of file'], 'UNSUPPORTED_FORMAT', false],
  [["[af#0:0 @ 0x55] No such filter: 'rubberband'"], 'UNAVAILABLE', false],
  [["Unknown encoder 'libopus'"], 'UNAVAILABLE', false],
  [['Failed to inject frame into filter network: Invalid argument', 'Conversion failed!'], 'FFMPEG_ERROR', false],
];

describe('the error for an outcome', () => {
  for (const [name, outcome, expected] of CASES) {
    it(name, () => {
      const failure = failureOf(outcome, 'fed');
      if (expected === undefined) assert.equal(failure, undefined);
      else assert.partialDeepStrictEqual({ ...failure, message: failure?.message }, expected);
    });
  }

  for (const line of NOT_MEDIA) {
    it(`“${line}” is UNSUPPORTED_FORMAT`, () => {
      assert.equal(failureOf({ ...FAILED, log: ['before', line, 'after'] }, 'fed')?.code, 'UNSUPPORTED_FORMAT');
    });
  }

  for (const [lines, code, recoverable] of OPENED) {
    it(`“${lines.join(' … ')}” about a URL is ${code}`, () => {
      const failure = failureOf({ ...FAILED, log: ['before', ...lines, '    title : HTTP error 404'] }, 'opened');
      assert.deepEqual([failure?.code, failure?.recoverable], [code, recoverable]);
      // The caller may read what ffmpeg logs about a URL that the caller named.
      if (code !== 'FFMPEG_ERROR') assert.ok(lines.includes(failure?.message ?? ''), failure?.message);
    });
  }

  it('is not DOWNLOAD_FAILED when ffmpeg is fed', () => {
    const failure = failureOf({ ...FAILED, log: ['HTTP error 404', 'Connection refused'] }, 'fed');
    assert.equal(failure?.code, 'FFMPEG_ERROR');
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
      assert.equal(failureOf(outcome, 'fed')?.code, 'UNSUPPORTED_FORMAT', `${demuxer}: ${outcome.log.join('\n')}`);
    }
  });
});
