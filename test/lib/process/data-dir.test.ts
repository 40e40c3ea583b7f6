import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { holdDataDir } from '#lib/process/data-dir.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const HOLDER = fileURLToPath(new URL('fixtures/data-dir-holder.ts', import.meta.url));
const skip = process.platform === 'linux' ? false : 'only Linux has flock';

/** The reason why processes cannot have their own namespaces here; false when they can. */
const NO_NAMESPACES =
  spawnSync('unshare', ['--net', '--ipc', '--pid', '--fork', '--mount-proc', 'true']).status === 0
    ? false
    : 'no namespaces of its own may be made here';

/** A process that tries to lock the folder, and keeps the lock. */
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

test('lets one process hold a data folder, and names it to the others', { skip }, async () => {
  using folder = scratchFolder();
  await using holder = await startHolder(folder.path);
  assert.equal(holder.answer, 'held');
  await assert.rejects(holdDataDir(folder.path), (error: Error) => {
    assert.ok(error.message.includes(folder.path), error.message);
    assert.ok(error.message.includes(`process ${holder.pid}`), error.message);
    return true;
  });
});

test('locks the folder, not the path to it', { skip }, async () => {
  using folder = scratchFolder();
  using other = scratchFolder();
  symlinkSync(folder.path, other.file('link'));
  const release = await holdDataDir(other.file('link'));
  await assert.rejects(holdDataDir(folder.path), /in use by process \d+/);
  await release();
});

test('releases the folder when the holder is killed', { skip }, async () => {
  using folder = scratchFolder();
  {
    await using holder = await startHolder(folder.path);
    assert.equal(holder.answer, 'held');
  }
  await (await holdDataDir(folder.path))();
});

test('can be held again after its release', { skip }, async () => {
  using folder = scratchFolder();
  for (let time = 0; time < 3; time += 1) await (await holdDataDir(folder.path))();
});

test('stays locked while the holder is frozen', { skip }, async () => {
  using folder = scratchFolder();
  await using holder = await startHolder(folder.path);
  holder.freeze();
  await assert.rejects(holdDataDir(folder.path), /in use by process \d+/);
});

test('goes to exactly one of many processes at the same time', { skip }, async () => {
  using folder = scratchFolder();
  await using stack = new AsyncDisposableStack();
  const starts = Array.from({ length: 6 }, async () => stack.use(await startHolder(folder.path)));
  const holders = await Promise.all(starts);
  assert.equal(holders.filter(({ answer }) => answer === 'held').length, 1);
  assert.equal(holders.filter(({ answer }) => /in use/.test(answer)).length, 5);
});

test('is locked across network and process namespaces', { skip: skip || NO_NAMESPACES }, async () => {
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

test('must not belong to another user who lets others in', { skip: process.getuid?.() !== 0 && 'only root' }, () => {
  using folder = scratchFolder();
  chmodSync(folder.path, 0o777);
  const provide = `import { providePrivateFolder } from '${new URL('../../../lib/process/private-files.ts', import.meta.url)}';
    providePrivateFolder(process.argv[1]);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', provide, folder.path], {
    ...{ uid: 65_534, gid: 65_534 },
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /is open to other users, and belongs to one of them: name another folder in DATA_DIR/);
});
