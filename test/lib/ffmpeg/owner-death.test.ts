import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { gone } from '../../support/leaks.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { SETPRIV, SHELL } from '../../support/supervised-ffmpeg.ts';

type Message = { pid?: number; line?: string; output?: boolean; progress?: { outTimeSeconds: number } };

/** A process that owns one ffmpeg, and what it has reported so far. */
type Owner = Disposable & { readonly process: ChildProcess; readonly told: readonly Message[]; pid(): number };

/** Starts an owner whose ffmpeg has these arguments. */
async function startOwner(args: readonly string[]): Promise<Owner> {
  const owner = fork(new URL('fixtures/owner.ts', import.meta.url), [
    JSON.stringify({ program: { path: FFMPEG, starter: SHELL }, args }),
  ]);
  const told: Message[] = [];
  owner.on('message', (message) => told.push(message as Message));
  const pid = () => told.find((message) => message.pid !== undefined)?.pid ?? 0;
  await eventually(() => assert.ok(pid() > 0, 'the owner has reported no process id'));
  return {
    process: owner,
    told,
    pid,
    [Symbol.dispose]() {
      owner.kill('SIGKILL');
      try {
        process.kill(pid(), 'SIGKILL');
      } catch {
        // It has exited, as expected.
      }
    },
  };
}

/** The ffmpeg of the full layer is started by its own loader. */
function ffmpegRuns(pid: number): boolean {
  return /\((?:ffmpeg|ld-linux-x86-64)/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

/** Kills the owner and fails unless its ffmpeg exits too. */
async function assertDiesWith({ process: owner, pid }: Owner): Promise<void> {
  assert.ok(ffmpegRuns(pid()), 'ffmpeg is not running yet');
  const exited = once(owner, 'exit');
  owner.kill('SIGKILL');
  await exited;
  await gone([pid()], 2_000);
}

/** A port of this machine that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Returns whether a port of 127.0.0.1 is open, from /proc: a test connection would be taken for the only caller. */
function isListening(port: number): boolean {
  const socket = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return readFileSync('/proc/net/tcp', 'latin1').includes(socket);
}

const LIVE_TONE = ['-re', '-f', 'lavfi', '-i', 'sine'];
const skip = SETPRIV === undefined && 'setpriv (util-linux) is not installed, so ffmpeg is not tied to its owner';

describe('an ffmpeg whose owner is killed by SIGKILL', { skip }, () => {
  it('dies while it writes to a pipe', async () => {
    using owner = await startOwner([...LIVE_TONE, '-f', 's16le', 'pipe:1']);
    await eventually(() => assert.ok(owner.told.some(({ output }) => output)));
    await assertDiesWith(owner);
  });

  it('dies while it writes a file', async () => {
    using folder = scratchFolder();
    using owner = await startOwner([...LIVE_TONE, folder.file('tone.wav')]);
    await eventually(() => assert.ok(owner.told.some(({ progress }) => (progress?.outTimeSeconds ?? 0) > 0)));
    await assertDiesWith(owner);
  });

  it('dies while it listens for a caller that never connects', async () => {
    const port = await freePort();
    using owner = await startOwner(['-listen', '1', '-i', `http://127.0.0.1:${port}`, '-f', 'null', '-']);
    await eventually(() => assert.ok(isListening(port)));
    await assertDiesWith(owner);
    assert.equal(isListening(port), false);
  });

  it('dies while it is suspended', async () => {
    using owner = await startOwner([...LIVE_TONE, '-f', 's16le', 'pipe:1']);
    await eventually(() => assert.ok(owner.told.some(({ output }) => output)));
    process.kill(owner.pid(), 'SIGSTOP');
    await assertDiesWith(owner);
  });
});
