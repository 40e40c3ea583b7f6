import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { bytesReadBy, cpuSecondsOf, endedChildrenCpuSeconds, memoryOf } from '#lib/ffmpeg/usage.ts';
import { eventually } from '../../support/eventually.ts';
import { residentBytes } from '../../support/leaks.ts';
import { readable, supervise } from '../../support/supervised-ffmpeg.ts';

/** A Node process that runs `script` and prints a line when it is ready. `await using` ends it. */
async function child(script: string): Promise<AsyncDisposable & { pid: number }> {
  const process_: ChildProcess = spawn(
    process.execPath,
    ['-e', `${script}; setInterval(() => {}, 1e6); console.log('ready')`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(process_, 'exit');
  await once(process_.stdout ?? process_, 'data');
  return {
    pid: process_.pid ?? 0,
    async [Symbol.asyncDispose]() {
      process_.kill('SIGKILL');
      await exited;
    },
  };
}

const BUSY_FOR_300_MS = 'while (process.cpuUsage().user < 3e5) for (let n = 0; n < 1e7; n += 1)';

const GONE = 2 ** 22 + 1;

describe('usage', () => {
  it('of memory is the private and the shared memory of a process', async () => {
    await using lean = await child('');
    await using large = await child('globalThis.held = Buffer.alloc(100e6, 1)');
    // Node gives memory back in the background, so the two readings are repeated until they fall in a quiet moment.
    await eventually(() => {
      const { privateBytes, sharedBytes } = memoryOf([large.pid]);
      assert.equal(privateBytes + sharedBytes, residentBytes(large.pid));
      assert.ok(privateBytes - memoryOf([lean.pid]).privateBytes > 90e6, `${privateBytes} bytes`);
    });
  });

  it('of memory counts shared pages once', async () => {
    await using ffmpeg = supervise({ args: ['-re', '-f', 'lavfi', '-i', 'anullsrc', '-f', 's16le', 'pipe:1'] });
    await readable(ffmpeg.output);
    ffmpeg.output.resume();
    const one = memoryOf([ffmpeg.pid]);
    const twice = memoryOf([ffmpeg.pid, ffmpeg.pid]);
    assert.ok(one.privateBytes > 0 && one.sharedBytes > 0);
    assert.ok(Math.abs(twice.privateBytes - 2 * one.privateBytes) < 5e6);
    assert.ok(Math.abs(twice.sharedBytes - one.sharedBytes) < 5e6);
  });

  it('of CPU time grows with the work of a process', async () => {
    await using idle = await child('');
    await using busy = await child('setInterval(() => { for (const end = Date.now() + 50; Date.now() < end; ); }, 0)');
    await eventually(() => assert.ok(cpuSecondsOf([busy.pid]) - cpuSecondsOf([idle.pid]) > 0.3), { withinMs: 10_000 });
    assert.ok(cpuSecondsOf([idle.pid, busy.pid]) >= cpuSecondsOf([busy.pid]));
  });

  it('of CPU time by children is added once they have exited', async () => {
    const before = endedChildrenCpuSeconds();
    {
      await using busy = await child(BUSY_FOR_300_MS);
      assert.ok(busy.pid > 0);
    }
    assert.ok(endedChildrenCpuSeconds() - before > 0.25);
  });

  it('of bytes is the number of bytes a process has read', async () => {
    await using busy = await child("require('node:fs').readFileSync(process.execPath)");
    assert.ok(bytesReadBy(busy.pid) > statSync(process.execPath).size);
    assert.equal(bytesReadBy(GONE), 0);
  });

  it('of an exited process, or of none, is zero', () => {
    for (const pids of [[], [GONE]]) {
      assert.deepEqual(memoryOf(pids), { privateBytes: 0, sharedBytes: 0 });
      assert.equal(cpuSecondsOf(pids), 0);
    }
  });
});
