import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Program } from '#lib/ffmpeg/process.ts';
import { createFfmpegSupervisor, type FfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import { LAUNCHER_LAYER } from '../../layers/support/built-layer.ts';
import { eventually } from '../../support/eventually.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { gone, processes } from '../../support/leaks.ts';
import { collect, MEBIBYTE, readable } from '../../support/supervised-ffmpeg.ts';

const skip = LAUNCHER_LAYER.missing;
const LAUNCHER = `${LAUNCHER_LAYER.directory}/bin/ffmpeg-launcher`;
const PROGRAM: Program = {
  path: FFMPEG,
  starter: { kind: 'launcher', path: LAUNCHER, calls: 'all', readable: undefined, namespaces: false },
};
const COPY = ['-f', 's16le', '-i', 'async:pipe:3', '-f', 's16le', 'pipe:1'];
const SOUND = Buffer.from(Array.from({ length: 64_000 }, (_, index) => index % 251));

let supervisor: FfmpegSupervisor;
beforeEach(() => {
  supervisor?.close();
  supervisor = createFfmpegSupervisor({
    limits: { memoryBytes: 512 * MEBIBYTE, stall: { afterMs: 30_000, from: 'spawn' } },
    stopGraceMs: 5_000,
    onOutcome: () => undefined,
  });
});
after(() => supervisor.close());

const launchersOf = (owner: number): number[] =>
  processes().flatMap(({ pid, parent, name }) => (parent === owner && name === 'ffmpeg-launcher' ? [pid] : []));

/** Waits for the launcher that waits in this process. */
async function waiting(): Promise<number> {
  await eventually(() => assert.equal(launchersOf(process.pid).length, 1));
  return launchersOf(process.pid)[0] ?? 0;
}

async function copy(): Promise<number> {
  const ffmpeg = supervisor.start({ program: PROGRAM, args: COPY, input: 'pipe' }, 'SIGTERM');
  ffmpeg.input?.end(SOUND);
  assert.ok((await collect(ffmpeg.output)).equals(SOUND));
  assert.equal((await ffmpeg.outcome).kind, 'finished');
  return ffmpeg.pid;
}

describe('a launcher that waits', { skip }, () => {
  it('becomes the next ffmpeg, and another one waits', async () => {
    await copy();
    const first = await waiting();
    assert.equal(await copy(), first);
    assert.notEqual(await waiting(), first);
  });

  it('takes commands and stops like any other', async () => {
    await copy();
    const pid = await waiting();
    const endless = ['-f', 'lavfi', '-i', 'anullsrc', '-af', 'volume@volume=1', '-f', 's16le', 'pipe:1'];
    const ffmpeg = supervisor.start({ program: PROGRAM, args: endless, input: 'pipe' }, 'q');
    assert.equal(ffmpeg.pid, pid);
    await readable(ffmpeg.output);
    ffmpeg.output.resume();
    await ffmpeg.command({ target: 'volume@volume', command: 'volume', argument: '0.5' });
    assert.equal((await ffmpeg.stop()).kind, 'stopped');
  });

  it('is replaced when it has died', async () => {
    await copy();
    const dead = await waiting();
    process.kill(dead, 'SIGKILL');
    await gone([dead], 5_000);
    // Its exit is an event of its own.
    await eventually(async () => assert.notEqual(await copy(), dead));
    await waiting();
  });

  it('is not used for an input that is a file, or with more descriptors', async () => {
    await copy();
    const pid = await waiting();
    const sound = ['-f', 'lavfi', '-i', 'anullsrc=d=0.1', '-f', 's16le'];
    const plain = supervisor.start({ program: PROGRAM, args: [...sound, 'pipe:1'], input: 'none' }, 'SIGTERM');
    const more = { program: PROGRAM, args: [...sound, 'pipe:5'], input: 'pipe', extra: ['pipe'] } as const;
    const extra = supervisor.start(more, 'SIGTERM');
    for (const ffmpeg of [plain, extra]) {
      ffmpeg.output.resume();
      ffmpeg.extra[0]?.resume();
      assert.equal((await ffmpeg.outcome).kind, 'finished');
      assert.notEqual(ffmpeg.pid, pid);
    }
    assert.equal(await waiting(), pid);
  });

  it('ends with its supervisor', async () => {
    await copy();
    const pid = await waiting();
    supervisor.close();
    await gone([pid], 5_000);
  });

  it('keeps no process alive, and dies with one that is killed', async () => {
    const owner = (ending: string) =>
      spawn(process.execPath, [fileURLToPath(new URL('fixtures/standby-owner.ts', import.meta.url)), ending], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    const ends = owner('end');
    const [exitCode] = await once(ends, 'exit');
    assert.equal(exitCode, 0);
    const killed = owner('stay');
    const [line] = await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await gone([Number(line)], 5_000);
  });
});
