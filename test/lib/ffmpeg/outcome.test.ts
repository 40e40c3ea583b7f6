import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EndedProcess, type FfmpegOutcome, OUTCOME_KINDS, outcomeOf } from '#lib/ffmpeg/outcome.ts';

const STOPPED = { kind: 'stopped' } as const;
const TIMED_OUT = { kind: 'timed_out', limitSeconds: 5 } as const;
const OUT_OF_CPU = { kind: 'out_of_cpu', limitSeconds: 60 } as const;
const STALLED = { kind: 'stalled', limitSeconds: 20 } as const;

const CASES: readonly [name: string, exit: Partial<EndedProcess>, outcome: Partial<FfmpegOutcome>][] = [
  ['exit code 0 is finished', { exitCode: 0 }, { kind: 'finished' }],
  ['any other exit code is failed', { exitCode: 1 }, { kind: 'failed', exitCode: 1, signal: null }],
  ['a crash is failed, with its signal', { signal: 'SIGSEGV' }, { kind: 'failed', exitCode: null, signal: 'SIGSEGV' }],
  ['a kill from outside is failed', { signal: 'SIGKILL' }, { kind: 'failed', exitCode: null, signal: 'SIGKILL' }],
  ['244, ENOMEM, is out of memory', { exitCode: 244 }, { kind: 'out_of_memory' }],
  [
    'a failure with an out-of-memory message in the log is out of memory',
    { exitCode: 1, log: ['x.png: Cannot allocate memory', 'Conversion failed!'] },
    { kind: 'out_of_memory' },
  ],
  [
    'a title in the log is not a message of ffmpeg',
    { exitCode: 1, log: ['    title           : Out of memory', 'Conversion failed!'] },
    { kind: 'failed', exitCode: 1, signal: null },
  ],
  [
    'a program that cannot be loaded for lack of memory is out of memory',
    { exitCode: 127, log: ['libx.so: failed to map segment from shared object'] },
    { kind: 'out_of_memory' },
  ],
  ['success is finished, regardless of the log', { exitCode: 0, log: ['Out of memory'] }, { kind: 'finished' }],
  ['a stop with a clean end is stopped', { exitCode: 0, cause: STOPPED }, STOPPED],
  ['a stop by SIGTERM is stopped', { exitCode: 255, cause: STOPPED }, STOPPED],
  ['a stop that needed SIGKILL is stopped', { signal: 'SIGKILL', cause: STOPPED }, STOPPED],
  ['an end because of the time limit is timed out', { exitCode: 255, cause: TIMED_OUT }, TIMED_OUT],
  ['an end because of the limit of CPU time is out of CPU', { exitCode: 255, cause: OUT_OF_CPU }, OUT_OF_CPU],
  ['an end because of inactivity is stalled', { signal: 'SIGKILL', cause: STALLED }, STALLED],
  [
    'an end because of inactivity stays stalled when memory ran out',
    { cause: STALLED, log: ['Out of memory'] },
    STALLED,
  ],
];

describe('the outcome', () => {
  for (const [name, exit, expected] of CASES) {
    it(name, () => {
      const whole: EndedProcess = { exitCode: null, signal: null, cause: undefined, log: ['a line'], ...exit };
      assert.deepEqual(outcomeOf(whole), { ...expected, log: whole.log });
    });
  }

  it('is covered here in every kind', () => {
    assert.deepEqual(new Set(CASES.map(([, , { kind }]) => kind)), new Set(OUTCOME_KINDS));
  });
});
