import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EndedProcess, type FfmpegOutcome, OUTCOME_KINDS, outcomeOf } from '#lib/ffmpeg/outcome.ts';

const STOPPED = { kind: 'stopped' } as const;
const TIMED_OUT = { kind: 'timed_out', limitSeconds: 5 } as const;
const STALLED = { kind: 'stalled', limitSeconds: 20 } as const;

const CASES: readonly [name: string, exit: Partial<EndedProcess>, outcome: Partial<FfmpegOutcome>][] = [
  ['exit code 0 is finished', { exitCode: 0 }, { kind: 'finished' }],
  ['another exit code is failed', { exitCode: 1 }, { kind: 'failed', exitCode: 1, signal: null }],
  ['a crash is failed, by its signal', { signal: 'SIGSEGV' }, { kind: 'failed', exitCode: null, signal: 'SIGSEGV' }],
  ['a kill from outside is failed', { signal: 'SIGKILL' }, { kind: 'failed', exitCode: null, signal: 'SIGKILL' }],
  ['244, ENOMEM, is out of memory', { exitCode: 244 }, { kind: 'out_of_memory' }],
  [
    'a failure that says so in its log is out of memory',
    { exitCode: 1, log: ['x.png: Cannot allocate memory', 'Conversion failed!'] },
    { kind: 'out_of_memory' },
  ],
  [
    'a title that ffmpeg repeats says nothing',
    { exitCode: 1, log: ['    title           : Out of memory', 'Conversion failed!'] },
    { kind: 'failed', exitCode: 1, signal: null },
  ],
  [
    'so is a program that could not even be loaded',
    { exitCode: 127, log: ['libx.so: failed to map segment from shared object'] },
    { kind: 'out_of_memory' },
  ],
  ['success is finished, whatever the log says', { exitCode: 0, log: ['Out of memory'] }, { kind: 'finished' }],
  ['a stop with a clean end is stopped', { exitCode: 0, cause: STOPPED }, STOPPED],
  ['a stop by SIGTERM is stopped', { exitCode: 255, cause: STOPPED }, STOPPED],
  ['a stop that took SIGKILL is stopped', { signal: 'SIGKILL', cause: STOPPED }, STOPPED],
  ['an end for taking too long is timed out', { exitCode: 255, cause: TIMED_OUT }, TIMED_OUT],
  ['an end for silence is stalled', { signal: 'SIGKILL', cause: STALLED }, STALLED],
  ['an end for silence stays stalled when memory ran out', { cause: STALLED, log: ['Out of memory'] }, STALLED],
];

describe('the outcome', () => {
  for (const [name, exit, expected] of CASES) {
    it(name, () => {
      const whole: EndedProcess = { exitCode: null, signal: null, cause: undefined, log: ['a line'], ...exit };
      assert.deepEqual(outcomeOf(whole), { ...expected, log: whole.log });
    });
  }

  it('has been seen here in every kind', () => {
    assert.deepEqual(new Set(CASES.map(([, , { kind }]) => kind)), new Set(OUTCOME_KINDS));
  });
});
