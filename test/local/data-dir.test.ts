import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { holdDataDir } from '../../local/data-dir.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const HOLDER = fileURLToPath(new URL('fixtures/data-dir-holder.ts', import.meta.url));
const skip = process.platform === 'linux' ? false : 'only Linux has flock';

/** Why a process cannot be given namespaces of its own here; false when it can. */
const NO_NAMESPACES =
  spawnSync('unshare', ['--net', '--ipc', '--pid', '--fork', '--mount-proc', 'true']).status === 0
    ? false
    : 'no namespaces of its own may be made here';

/** A process that tries to take the folder, and keeps it. */
async function startHolder(path: string) {
  const child = spawn(process.execPath, [HOLDER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [answer] = await once(createInterface(child.stdout), 'line');
  return {
    pid: child.pid,
    answer: String(answer),
    freeze: () => child.kill('SIGSTOP'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('a data folder is held by one process; the others are told which', { skip }, async () => {
  using folder = scratchFolder();
  await using holder = await startHolder(folder.path);
  assert.equal(holder.answer, 'held');
  await assert.rejects(holdDataDir(folder.path), (error: Error) => {
    assert.ok(error.message.includes(folder.path), error.message);
    assert.ok(error.message.includes(`process ${holder.pid}`), error.message);
    return true;
  });
});

test('it is the folder that counts, not the path to it', { skip }, async () => {
  using folder = scratchFolder();
  using other = scratchFolder();
  symlinkSync(folder.path, other.file('link'));
  const release = await holdDataDir(other.file('link'));
  await assert.rejects(holdDataDir(folder.path), /in use by process \d+/);
  await release();
});

test('a holder that was killed leaves nothing in the way', { skip }, async () => {
  using folder = scratchFolder();
  {
    await using holder = await startHolder(folder.path);
    assert.equal(holder.answer, 'held');
  }
  await (await holdDataDir(folder.path))();
});

test('a holder that gave it back is not in the way, and may take it again', { skip }, async () => {
  using folder = scratchFolder();
  for (let time = 0; time < 3; time += 1) await (await holdDataDir(folder.path))();
});

test('a holder that is frozen still holds it', { skip }, async () => {
  using folder = scratchFolder();
  await using holder = await startHolder(folder.path);
  holder.freeze();
  await assert.rejects(holdDataDir(folder.path), /in use by process \d+/);
});

test('of many at the same moment exactly one gets it', { skip }, async () => {
  using folder = scratchFolder();
  await using stack = new AsyncDisposableStack();
  const starts = Array.from({ length: 6 }, async () => stack.use(await startHolder(folder.path)));
  const holders = await Promise.all(starts);
  assert.equal(holders.filter(({ answer }) => answer === 'held').length, 1);
  assert.equal(holders.filter(({ answer }) => /in use/.test(answer)).length, 5);
});

test('another network and process namespace makes no difference', { skip: skip || NO_NAMESPACES }, async () => {
  using folder = scratchFolder();
  const release = await holdDataDir(folder.path);
  const args = ['--net', '--ipc', '--pid', '--fork', '--mount-proc', process.execPath, HOLDER, folder.path];
  const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [answer] = await once(createInterface(child.stdout), 'line');
  child.stdin.end();
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.match(String(answer), /in use by process/);
  await release();
});
