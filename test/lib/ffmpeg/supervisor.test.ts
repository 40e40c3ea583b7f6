import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutcomeKind } from '#lib/ffmpeg/outcome.ts';
import { createFfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { MEBIBYTE, SETPRIV } from '../../support/supervised-ffmpeg.ts';

describe('the supervisor', () => {
  it('knows what runs, and tells each outcome', async () => {
    const told: OutcomeKind[] = [];
    const supervisor = createFfmpegSupervisor({
      limits: { memoryBytes: 512 * MEBIBYTE, stallMs: 30_000 },
      stopGraceMs: 5_000,
      setpriv: SETPRIV,
      onOutcome: ({ kind }) => told.push(kind),
    });
    const input = ['-f', 'lavfi', '-i', 'anullsrc'];
    const endless = supervisor.start({ binary: FFMPEG, input: 'none', args: [...input, '-f', 'null', '-'] }, 'SIGTERM');
    const short = supervisor.start({ binary: FFMPEG, input: 'none', args: [...input, '-t', '0', 'x.?'] }, 'SIGTERM');
    assert.deepEqual(supervisor.pids(), [endless.pid, short.pid]);
    await short.outcome;
    assert.deepEqual(supervisor.pids(), [endless.pid]);
    await endless.stop();
    assert.deepEqual(supervisor.pids(), []);
    assert.deepEqual(told, ['failed', 'stopped']);
  });
});
