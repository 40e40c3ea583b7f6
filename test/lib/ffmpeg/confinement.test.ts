import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { confine, findOnPath } from '#lib/ffmpeg/confinement.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { collect, MEBIBYTE, SETPRIV, SHELL, supervise } from '../../support/supervised-ffmpeg.ts';

const run = promisify(execFile);
const BOUND = { ownerPid: process.pid, memoryBytes: 64 * MEBIBYTE, starter: SHELL };
const NO_SETPRIV = SETPRIV === undefined && 'setpriv (util-linux) is not installed';

describe('confine', () => {
  it('passes arguments unchanged, whatever they contain', async () => {
    const args = ['', ' ', '$HOME', '`id`', '"\'', '*', '-c', 'ü', 'a\nb', '--'];
    const { file, args: confined } = confine(
      { file: process.execPath, args: ['-p', 'JSON.stringify(process.argv.slice(1))', '--', ...args] },
      { ...BOUND, memoryBytes: 4_096 * MEBIBYTE },
    );
    assert.deepEqual(JSON.parse((await run(file, confined)).stdout), args);
  });

  it('sets the parent-death signal first, where setpriv is installed', () => {
    const { file, args } = confine(
      { file: '/bin/true', args: [] },
      { ...BOUND, starter: { kind: 'shell', setpriv: '/usr/bin/setpriv' } },
    );
    assert.equal(file, '/usr/bin/setpriv');
    assert.deepEqual(args.slice(0, 4), ['--pdeathsig', 'KILL', '--', '/bin/sh']);
  });

  it('works without setpriv', async () => {
    const { file, args } = confine(
      { file: '/bin/echo', args: ['hello'] },
      { ...BOUND, starter: { kind: 'shell', setpriv: undefined } },
    );
    assert.equal(file, '/bin/sh');
    assert.equal((await run(file, [...args])).stdout, 'hello\n');
  });

  it('limits the data segment, in whole KiB', async () => {
    const { file, args } = confine(
      { file: '/bin/sh', args: ['-c', 'ulimit -d'] },
      { ...BOUND, memoryBytes: 10_000_001 },
    );
    assert.equal((await run(file, [...args])).stdout.trim(), String(Math.ceil(10_000_001 / 1_024)));
  });

  it('keeps an existing lower limit', async () => {
    const { file, args } = confine({ file: '/bin/sh', args: ['-c', 'ulimit -d'] }, BOUND);
    const { stdout } = await run('/bin/sh', ['-c', 'ulimit -d 30000; exec "$@"', 'sh', file, ...args]);
    assert.equal(stdout.trim(), '30000');
  });

  it('does not start when its owner is no longer its parent', () => {
    const { file, args } = confine({ file: '/bin/echo', args: ['began'] }, { ...BOUND, ownerPid: 1 });
    const { status, stdout } = spawnSync(file, [...args]);
    assert.equal(status, 125);
    assert.equal(stdout.toString(), '');
  });

  it('leaves no shell: the spawned process becomes the program', { skip: NO_SETPRIV }, () => {
    const { file, args } = confine({ file: '/bin/sh', args: ['-c', 'echo $$ $PPID'] }, BOUND);
    const { stdout, pid } = spawnSync(file, [...args]);
    assert.equal(stdout.toString(), `${pid} ${process.pid}\n`);
  });
});

describe('the memory limit', () => {
  it('ends a real ffmpeg that needs more memory: out of memory', async () => {
    using folder = scratchFolder();
    const picture = folder.file('large.png');
    await run(FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', 'color=black:size=6000x6000', '-frames:v', '1', picture]);
    const args = ['-threads', '1', '-i', picture, '-f', 'rawvideo', 'pipe:1'];
    await using bounded = supervise({ args }, { memoryBytes: 96 * MEBIBYTE });
    bounded.output.resume();
    assert.equal((await bounded.outcome).kind, 'out_of_memory');
    await using free = supervise({ args }, { memoryBytes: 2_048 * MEBIBYTE });
    assert.equal((await collect(free.output)).length, 6_000 * 6_000 * 3);
    assert.equal((await free.outcome).kind, 'finished');
  });

  it('that is too low to load the program makes it fail', async () => {
    await using ffmpeg = supervise({ args: ['-version'] }, { memoryBytes: 1_000_000 });
    assert.notEqual((await ffmpeg.outcome).kind, 'finished');
  });

  it('is the limit that the process has', async () => {
    const binary = new URL('fakes/prints-environment', import.meta.url).pathname;
    await using ffmpeg = supervise({ binary, args: [] }, { memoryBytes: 100 * MEBIBYTE });
    assert.match((await collect(ffmpeg.output)).toString(), /^DATA_KIBIBYTES=102400$/m);
  });
});

describe('findOnPath', () => {
  it('uses the first folder with an executable of that name', () => {
    using folder = scratchFolder();
    for (const name of ['one', 'two', 'three']) mkdirSync(folder.file(name));
    writeFileSync(folder.file('one/tool'), '');
    for (const name of ['two/tool', 'three/tool']) {
      writeFileSync(folder.file(name), '#!/bin/sh\n');
      chmodSync(folder.file(name), 0o755);
    }
    const path = ['', folder.file('missing'), folder.file('one'), folder.file('two'), folder.file('three')].join(':');
    assert.equal(findOnPath('tool', path), folder.file('two/tool'));
    assert.equal(findOnPath('other', path), undefined);
    assert.equal(findOnPath('tool', ''), undefined);
  });

  it('skips a folder of that name', () => {
    using folder = scratchFolder();
    mkdirSync(folder.file('bin/tool'), { recursive: true });
    assert.equal(findOnPath('tool', folder.file('bin')), undefined);
  });
});
