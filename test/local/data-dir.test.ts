import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { holdDataDir } from '../../local/data-dir.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const HOLDER = fileURLToPath(new URL('fixtures/data-dir-holder.ts', import.meta.url));
const skip = process.platform === 'linux' ? false : 'only Linux has such names';

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
  release();
});

test('a holder that was killed leaves nothing in the way', { skip }, async () => {
  using folder = scratchFolder();
  {
    await using holder = await startHolder(folder.path);
    assert.equal(holder.answer, 'held');
  }
  (await holdDataDir(folder.path))();
});

test('a holder that gave it back is not in the way, and may take it again', { skip }, async () => {
  using folder = scratchFolder();
  for (let time = 0; time < 3; time += 1) (await holdDataDir(folder.path))();
});

test('a holder that is frozen still holds it', { skip }, async () => {
  using folder = scratchFolder();
  await using holder = await startHolder(folder.path);
  holder.freeze();
  await assert.rejects(holdDataDir(folder.path), /in use by another process/);
});

test('of many at the same moment exactly one gets it', { skip }, async () => {
  using folder = scratchFolder();
  await using stack = new AsyncDisposableStack();
  const starts = Array.from({ length: 6 }, async () => stack.use(await startHolder(folder.path)));
  const holders = await Promise.all(starts);
  assert.equal(holders.filter(({ answer }) => answer === 'held').length, 1);
  assert.equal(holders.filter(({ answer }) => /in use/.test(answer)).length, 5);
});
