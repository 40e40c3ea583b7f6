import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutcomeKind } from '#lib/ffmpeg/outcome.ts';
import type { FfmpegLimits } from '#lib/ffmpeg/process.ts';
import { createFfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { MEBIBYTE, SHELL } from '../../support/supervised-ffmpeg.ts';

const PROGRAM = { path: FFMPEG, starter: SHELL };
const ENDLESS = ['-re', '-f', 'lavfi', '-i', 'anullsrc'];
const RAW_INPUT = ['-f', 's16le', '-i', 'pipe:3'];

describe('the supervisor', () => {
  it('tracks running processes and reports each outcome', async () => {
    const told: OutcomeKind[] = [];
    const supervisor = createFfmpegSupervisor({
      limits: { memoryBytes: 512 * MEBIBYTE, stall: { afterMs: 30_000, from: 'spawn' } },
      stopGraceMs: 5_000,
      onOutcome: ({ kind }) => told.push(kind),
    });
    const input = ['-f', 'lavfi', '-i', 'anullsrc'];
    const endless = supervisor.start(
      { program: PROGRAM, input: 'none', args: [...input, '-f', 'null', '-'] },
      'SIGTERM',
    );
    const short = supervisor.start({ program: PROGRAM, input: 'none', args: [...input, '-t', '0', 'x.?'] }, 'SIGTERM');
    assert.deepEqual(supervisor.pids(), [endless.pid, short.pid]);
    await short.outcome;
    assert.deepEqual(supervisor.pids(), [endless.pid]);
    await endless.stop();
    assert.deepEqual(supervisor.pids(), []);
    assert.deepEqual(told, ['failed', 'stopped']);
  });

  it('lets a command override limits', async () => {
    const supervisor = createFfmpegSupervisor({
      limits: { memoryBytes: 512 * MEBIBYTE, stall: { afterMs: 30_000, from: 'spawn' } },
      stopGraceMs: 100,
      onOutcome: () => undefined,
    });
    const start = (limits: Partial<FfmpegLimits>, input: 'pipe' | 'none' = 'none') =>
      supervisor.start(
        {
          ...{ program: PROGRAM, input, limits },
          args: [...(input === 'pipe' ? RAW_INPUT : ENDLESS), '-f', 'null', '-'],
        },
        'SIGTERM',
      );
    const stalls = start({ stall: { afterMs: 300, from: 'spawn' } }, 'pipe');
    const takesLong = start({ wallMs: 500 });
    const needsMuch = start({ memoryBytes: 8 * MEBIBYTE });
    const outcomes = await Promise.all([stalls, takesLong, needsMuch].map(({ outcome }) => outcome));
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['stalled', 'timed_out', 'out_of_memory'],
    );
  });
});
