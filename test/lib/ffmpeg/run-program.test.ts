import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { findFfprobe } from '#lib/ffmpeg/ffprobe.ts';
import { type ProgramRun, runProgram } from '#lib/ffmpeg/run-program.ts';
import { FFMPEG, MEDIA_FFMPEG } from '../../support/ffmpeg.ts';
import { childrenOf } from '../../support/leaks.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { MEBIBYTE, SHELL } from '../../support/supervised-ffmpeg.ts';

const LIMITS = { memoryBytes: 512 * MEBIBYTE, cpuSeconds: 10, wallMs: 10_000, outputBytes: MEBIBYTE };
const FFPROBE = findFfprobe({ path: FFMPEG, origin: 'fallback', starter: SHELL }, process.env['PATH'] ?? '');

let folder: ScratchFolder;

before(() => {
  folder = scratchFolder();
  execFileSync(MEDIA_FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=1', folder.file('tone.wav')]);
});
after(() => folder[Symbol.dispose]());

function run(more: Partial<ProgramRun>): Promise<Buffer> {
  return runProgram({
    program: FFPROBE,
    args: [],
    workingDirectory: folder.path,
    files: {},
    limits: LIMITS,
    signal: new AbortController().signal,
    ...more,
  });
}

/** A shell that runs a script. */
function shell(script: string, more: Partial<ProgramRun> = {}): Promise<Buffer> {
  return run({ program: { path: '/bin/sh', starter: SHELL }, args: ['-c', script], ...more });
}

describe('a program of an ffmpeg build', () => {
  it('returns what it prints', async () => {
    const json = await run({ args: ['-v', 'error', '-show_format', '-of', 'json', '-i', 'tone.wav'] });
    assert.equal(JSON.parse(json.toString()).format.duration, '1.000000');
  });

  it('hands over every line, however fast and long', async () => {
    const lines: string[] = [];
    const options = { limits: { ...LIMITS, outputBytes: 100 * MEBIBYTE }, onLine: (line: string) => lines.push(line) };
    const rest = await shell('i=0; while [ $i -lt 3 ]; do seq 1 200000; i=$((i+1)); done', options);
    assert.equal(rest.length, 0);
    assert.equal(lines.length, 600_000);
    assert.deepEqual([lines[0], lines[199_999], lines.at(-1)], ['1', '200000', '200000']);
  });

  it('reports a file that is no media', async () => {
    await assert.rejects(run({ args: ['-v', 'error', '-i', '/etc/group'] }), { code: 'UNSUPPORTED_FORMAT' });
  });

  it('is killed when it hangs, prints too much, or is aborted', async () => {
    await assert.rejects(shell('exec sleep 60', { limits: { ...LIMITS, wallMs: 200 } }), { code: 'TIMEOUT' });
    await assert.rejects(shell('cat /dev/zero'), {
      code: 'FFMPEG_ERROR',
      details: { reason: 'output_bytes', limit_bytes: MEBIBYTE },
    });
    const abort = new AbortController();
    const aborted = shell('exec sleep 60', { signal: abort.signal });
    abort.abort(new Error('cancelled'));
    await assert.rejects(aborted, { message: 'cancelled' });
    assert.deepEqual(childrenOf(process.pid), []);
  });

  it('is limited in memory and CPU time', async () => {
    const limits = { ...LIMITS, cpuSeconds: 1 };
    await assert.rejects(shell('while :; do :; done', { limits }), { code: 'FFMPEG_ERROR' });
    assert.equal((await shell('ulimit -d')).toString(), `${512 * 1_024}\n`);
  });
});

describe('the ffprobe of an ffmpeg', () => {
  it('lies in the same folder, else on PATH', async () => {
    const { path } = findFfprobe(
      { path: '/nowhere/ffmpeg', origin: 'named', starter: SHELL },
      process.env['PATH'] ?? '',
    );
    assert.match(path, /\/ffprobe$/);
    assert.throws(() => findFfprobe({ path: '/nowhere/ffmpeg', origin: 'named', starter: SHELL }, tmpdir()), {
      code: 'UNAVAILABLE',
      details: { part: 'ffprobe' },
    });
  });
});
